import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, open } from 'lmdb';
import { createLmdbStore } from '../shared/adapters/lmdb/lmdb-store.ts';
import type { DeviceRecord } from '../shared/model/device.ts';
import type { Table } from '../shared/ports/table.ts';
import { ratiosOf, timed } from './interleave.ts';
import { type Row, rowOf } from './row.ts';

const PRODUCT_KEY = 'a1BcDeFgHiJ';
const ROUNDS = 9;
const LOOKUPS = 100_000;
const sizes = process.env['MOORING_BENCH_SMALL'] === '1' ? [1_000] : [1_000, 1_000_000];

const deviceName = (index: number): string => `device-${String(index).padStart(8, '0')}`;

const aDevice = (index: number): DeviceRecord => ({
  productKey: PRODUCT_KEY,
  deviceName: deviceName(index),
  iotId: `${String(index).padStart(20, 'Q')}000100`,
  sealedSecret: 'k1.c2VhbGVkLXNlY3JldC1vZi10aGUtZGV2aWNlLWluLWJhc2U2NHVybA.q7m0Zk2t',
  nickname: '',
  status: 'ACTIVE',
  activatedAtMs: 1_700_000_000_000,
  createdAtMs: 1_700_000_000_000,
  modifiedAtMs: 1_700_000_000_000,
  generation: 1_700_000_000_000,
});

const fill = async (size: number, write: (index: number) => Promise<unknown>): Promise<void> => {
  for (let first = 0; first < size; first += 10_000) {
    const count = Math.min(10_000, size - first);
    await Promise.all(Array.from({ length: count }, (_, at) => write(first + at)));
  }
};

/** The same pseudo-random walk over the keys for both sides. */
const walk = function* (size: number): Generator<string> {
  let state = 12_345;
  for (let at = 0; at < LOOKUPS; at += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield deviceName(state % size);
  }
};

const readOurs = (devices: Table<DeviceRecord>, names: readonly string[]) => async () => {
  for (const sort of names) {
    const device = await devices.read({ partition: PRODUCT_KEY, sort });
    if (device?.value.deviceName !== sort) throw new Error('wrong device');
  }
};

const readRaw = (raw: Database<DeviceRecord, string>, names: readonly string[]) => async () => {
  for (const name of names) {
    const device = raw.get(`${PRODUCT_KEY}/${name}`);
    if (device?.deviceName !== name) throw new Error('wrong device');
  }
};

const compare = async (folder: string, size: number): Promise<Row> => {
  const store = createLmdbStore({ path: join(folder, 'ours'), nowMs: Date.now, sync: 'commit' });
  const encoding = 'json';
  const raw = open<DeviceRecord, string>({ path: join(folder, 'raw'), noSync: true, encoding });
  const devices = store.table('devices');
  await fill(size, (index) =>
    devices.insert({ partition: PRODUCT_KEY, sort: deviceName(index) }, aDevice(index)),
  );
  await fill(size, (index) => raw.put(`${PRODUCT_KEY}/${deviceName(index)}`, aDevice(index)));
  const names = [...walk(size)];
  const [ours, baseline] = [readOurs(devices, names), readRaw(raw, names)];
  await ours();
  await baseline();
  const ratios = await ratiosOf(
    () => timed(ours),
    () => timed(baseline),
    ROUNDS,
  );
  await store.close();
  await raw.close();
  return rowOf({
    name: `device lookup, ${size} devices`,
    baseline: 'lmdb get of the same JSON',
    target: { atMost: 1.2 },
    ratios,
  });
};

/** A device read through the table port against lmdb's own get, in tables of the same size. */
export const run = async (): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const size of sizes) {
    const folder = mkdtempSync(join(tmpdir(), 'mooring-bench-'));
    try {
      rows.push(await compare(folder, size));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return rows;
};
