import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointPath } from '../../infra/cli/devices/import-checkpoint.ts';
import type { Base } from '../../infra/local/base.ts';
import { readRow } from '../../shared/core/certificates/certificate-records.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { countDevicesOf } from '../../shared/core/products/products.ts';
import { walkPartition } from '../../shared/core/records/walk-partition.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { runCli } from '../support/cli.ts';
import { spawnMooring } from '../support/command-line.ts';
import { type ListStack, listOf, startListStack } from '../support/list-stack.ts';
import { longRun } from '../support/long.ts';

const LINES = longRun ? 101_000 : 10_100;
const KILLS = longRun ? 12 : 4;
const TIMEOUT_MS = longRun ? 600_000 : 90_000;

let stack: ListStack;
let base: Base;

beforeAll(async () => {
  stack = await startListStack();
  base = stack.base;
});

afterAll(() => stack.stop());

test(
  'an import that is killed again and again registers every device once, and every reject is there once',
  async () => {
    const productKey = await stack.newProduct();
    const list = makeList();
    let killed = 0;
    let ended: Promise<Ended> | undefined;
    for (let kill = 0; kill < KILLS && !ended; kill += 1) {
      const child = spawnImport(list.file, productKey);
      const end = endOf(child);
      const reached = ((kill + Math.random()) / (KILLS + 1)) * LINES;
      if (await reachesLine(list.file, reached, child)) {
        // Anywhere between two checkpoints.
        await sleep(Math.random() * 60);
        child.kill('SIGKILL');
      }
      await end;
      // Without the signal it was done before the kill came.
      if (child.signalCode === 'SIGKILL') killed += 1;
      else ended = end;
    }
    expect(killed).toBeGreaterThan(0);
    const { out, err, code } = await (ended ?? finish(list.file, productKey));
    const rejects = `${list.file}.rejects.csv`;
    expect(out, err).toBe(
      `${list.names.size} devices registered, ${list.rejected.length} lines rejected (reasons in ${rejects})\n`,
    );
    expect(code).toBe(1);
    await expectDevices(productKey, list.names);
    const rows = readFileSync(rejects, 'utf8').trimEnd().split('\n');
    expect(rows.map((row) => row.split(',', 1)[0])).toEqual([
      'Line',
      ...list.rejected.map((line) => String(line)),
    ]);
  },
  TIMEOUT_MS,
);

test(
  'an import that is asked to end finishes its batch, says how to go on, and keeps a second run out',
  async () => {
    const productKey = await stack.newProduct();
    const { file, names } = makeList();
    const child = spawnImport(file, productKey);
    const exit = once(child, 'exit');
    const told = child.stderr ? text(child.stderr) : '';
    expect(await reachesLine(file, 1, child)).toBe(true);
    // Here, because a process takes as long to start as the import to end.
    const options = ['--product', productKey, '--data-dir', stack.dataDir];
    const second = await runCli(['devices', 'import', file, ...options]);
    expect(second).toMatchObject({ code: 1, out: '' });
    expect(second.err).toContain(`Process ${child.pid} is importing this file. Wait for it;`);
    child.kill('SIGTERM');
    expect(await exit).toEqual([1, null]);
    expect(await told).toMatch(
      /interrupted before line \d+: \d+ devices registered, .* The same command goes on from there\.\n$/,
    );

    const other = await runCli(['devices', 'import', file, '--data-dir', stack.dataDir]);
    expect(other.err).toContain(`began with --product ${productKey}`);
    const resumed = await finish(file, productKey);
    expect(resumed.err).toMatch(/^goes on at line \d+: /);
    expect(resumed.out).toMatch(new RegExp(`^${names.size} devices registered`));
    await expectDevices(productKey, names);
  },
  TIMEOUT_MS,
);

test(
  'a list that was changed while its import was interrupted is not gone on with',
  async () => {
    const productKey = await stack.newProduct();
    const { file } = makeList();
    const child = spawnImport(file, productKey);
    const exit = once(child, 'exit');
    expect(await reachesLine(file, 1, child)).toBe(true);
    child.kill('SIGKILL');
    await exit;
    writeFileSync(file, `${readFileSync(file, 'utf8')}late-1,,\n`);
    const { code, err } = await finish(file, productKey);
    expect(code).toBe(1);
    expect(err).toContain('was changed since its import was interrupted before line');
  },
  TIMEOUT_MS,
);

/** Every hundredth line is refused for itself, or because an earlier line names its device. */
function makeList() {
  const names = new Map<string, string>();
  const rejected: number[] = [];
  const lines = Array.from({ length: LINES }, (_, index) => {
    const isBad = index % 100 === 99;
    if (isBad) rejected.push(index + 2);
    if (isBad && index % 200 === 99) return `no,,客厅 ${index}`;
    const name = `lamp-${isBad ? index - 150 : index}`;
    const deviceId = index % 5 === 0 ? `${lists}/SN/${index}` : '';
    if (!isBad) names.set(name, deviceId);
    return `${name},${isBad ? '' : deviceId},客厅 ${index}`;
  });
  lists += 1;
  const file = listOf(`DeviceName,deviceId,Nickname\n${lines.join('\n')}\n`);
  return { file, names, rejected };
}

let lists = 0;

function spawnImport(file: string, productKey: string): ChildProcess {
  const options = ['--product', productKey, '--data-dir', stack.dataDir];
  return spawnMooring(['devices', 'import', file, ...options]);
}

/** In a process of its own: lmdb may refuse the next big write of one that lived through the kill. */
function finish(file: string, productKey: string): Promise<Ended> {
  return endOf(spawnImport(file, productKey));
}

type Ended = { code: number | null; out: string; err: string };

async function endOf(child: ChildProcess): Promise<Ended> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('no pipes');
  const [out, err] = await Promise.all([text(stdout), text(stderr), once(child, 'exit')]);
  return { code: child.exitCode, out, err };
}

/** False if the process ended, or the import was done, before. */
async function reachesLine(file: string, line: number, child: ChildProcess): Promise<boolean> {
  const path = checkpointPath(stack.dataDir, file);
  while (child.exitCode === null && child.signalCode === null) {
    const checkpoint = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
    if (typeof checkpoint?.finishedAtMs === 'number') return false;
    if (checkpoint?.position.line > line) return true;
    await sleep(3);
  }
  return false;
}

/** By name and by iotId, each once, counted, and each deviceId with the certificate of its device. */
async function expectDevices(
  productKey: string,
  names: ReadonlyMap<string, string>,
): Promise<void> {
  const devices: DeviceRecord[] = [];
  for await (const { value } of walkPartition(base.store.table('devices'), productKey)) {
    devices.push(value);
  }
  expect(devices.map(({ deviceName }) => deviceName)).toEqual([...names.keys()].sort());
  expect(await countDevicesOf(productKey, base.store)).toBe(names.size);
  for (const device of devices) {
    const found = await findDevice({ iotId: device.iotId }, base.store);
    expect(found).toEqual({ ok: true, value: device });
    const deviceId = names.get(device.deviceName);
    if (!deviceId) continue;
    const row = await readRow(deviceId, base.store);
    expect(row?.value).toMatchObject({ productKey, iotId: device.iotId });
  }
}
