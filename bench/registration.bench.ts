import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { open } from 'lmdb';
import { createDynamodbStore } from '../shared/adapters/dynamodb/dynamodb-store.ts';
import { createLmdbStore } from '../shared/adapters/lmdb/lmdb-store.ts';
import { registerDevice } from '../shared/core/devices/register-device.ts';
import type { Registry } from '../shared/core/devices/registry.ts';
import { createKeyRing } from '../shared/core/keys/key-ring.ts';
import { createSealing } from '../shared/core/sealing/sealing.ts';
import type { DeviceRecord } from '../shared/model/device.ts';
import type { Store } from '../shared/ports/table.ts';
import { startDynalite } from '../test/support/dynalite.ts';
import { accepted, createTestProduct } from '../test/support/test-device.ts';
import { ratiosOf, timed } from './interleave.ts';
import { median, type Row, rowOf } from './row.ts';

const CALLERS = 64;
const ROUNDS = 7;
const isSmall = process.env['MOORING_BENCH_SMALL'] === '1';
const LMDB_REGISTRATIONS = isSmall ? 500 : 5_000;
const DYNALITE_REGISTRATIONS = isSmall ? 50 : 500;

/** Writes a device record and nothing else. */
type BareWrite = (device: DeviceRecord) => Promise<unknown>;

type Contest = {
  name: string;
  baseline: string;
  store: Store;
  bareWrite: BareWrite;
  count: number;
};

/** Devices registered a second, each with its indexes, against records that the store alone writes. */
export const run = async (): Promise<Row[]> => [await runLmdb(), await runDynalite()];

async function runLmdb(): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-bench-'));
  const store = createLmdbStore({ path: join(folder, 'ours'), nowMs: Date.now, sync: 'flush' });
  const bare = open<DeviceRecord, string>({ path: join(folder, 'bare'), encoding: 'json' });
  const row = await compete({
    name: `registrations a second on lmdb, ${CALLERS} callers`,
    baseline: 'put of the device record alone, flushed',
    store,
    bareWrite: async (device) => {
      await bare.put(`${device.productKey}/${device.deviceName}`, device);
      await bare.flushed;
    },
    count: LMDB_REGISTRATIONS,
  });
  await store.close();
  await bare.close();
  rmSync(folder, { recursive: true, force: true });
  return row;
}

async function runDynalite(): Promise<Row> {
  const dynalite = await startDynalite();
  const prefix = await dynalite.createTables();
  const { endpoint } = dynalite;
  const store = createDynamodbStore({ endpoint, region: 'local', prefix, nowMs: Date.now });
  const client = new DynamoDBClient({ endpoint, region: 'local' });
  const row = await compete({
    name: `registrations a second on dynalite, ${CALLERS} callers`,
    baseline: 'PutItem of the device record alone',
    store,
    bareWrite: (device) =>
      client.send(
        new PutItemCommand({
          TableName: `${prefix}devices`,
          Item: {
            partition: { S: 'bare' },
            sort: { S: `.${device.deviceName}` },
            value: { S: JSON.stringify(device) },
          },
        }),
      ),
    count: DYNALITE_REGISTRATIONS,
  });
  client.destroy();
  await store.close();
  await dynalite.stop();
  return row;
}

async function compete({ name, baseline, store, bareWrite, count }: Contest): Promise<Row> {
  const registry = registryOn(store);
  const { productKey } = await createTestProduct(registry);
  let serial = 0;
  const newName = (): string => {
    serial += 1;
    return `device-${String(serial).padStart(9, '0')}`;
  };
  const sample = accepted(
    await registerDevice({ productKey, deviceName: newName() }, registry),
  ).device;
  const rates: number[] = [];
  const ours = async (): Promise<number> => {
    const register = async () => {
      accepted(await registerDevice({ productKey, deviceName: newName() }, registry));
    };
    const perSecond = count / (await timed(() => byCallers(count, register)));
    rates.push(perSecond);
    return perSecond;
  };
  const bare = async (): Promise<number> => {
    const write = () => bareWrite({ ...sample, deviceName: newName() });
    return count / (await timed(() => byCallers(count, write)));
  };
  await ours();
  await bare();
  const ratios = await ratiosOf(ours, bare, ROUNDS);
  const note = `${Math.round(median(rates))} registrations a second; each writes three records: the device, its iotId and a count`;
  return rowOf({ name, baseline, target: undefined, ratios, note });
}

async function byCallers(count: number, work: () => Promise<unknown>): Promise<void> {
  let left = count;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

function registryOn(store: Store): Registry {
  const sealing = createSealing(createKeyRing([randomBytes(32)]), randomBytes);
  return { store, sealing, nowMs: Date.now, randomBytes };
}
