import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkpointPath } from '../../infra/cli/devices/import-checkpoint.ts';
import { readRow } from '../../shared/core/certificates/certificate-records.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { countDevicesOf } from '../../shared/core/products/products.ts';
import { signCertificateBody } from '../support/certificate.ts';
import { type CliRun, runCli } from '../support/cli.ts';
import { spawnMooring } from '../support/command-line.ts';
import {
  type DistributorOfAccount,
  inStore,
  startDistributorOfAccount,
} from '../support/distributor-of-account.ts';
import { listOf } from '../support/list-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

const LINES = 20_000;
const TIMEOUT_MS = 60_000;

let account: TestStack;
let distributor: TestStack;
let env: Record<string, string>;
let ask: DistributorOfAccount['ask'];

beforeAll(async () => {
  ({ account, distributor, env, ask } = await startDistributorOfAccount());
});

afterAll(async () => {
  await distributor.stop();
  await account.stop();
});

const listOfLines = (...lines: string[]): string => listOf(`${lines.join('\n')}\n`);

const importArguments = (file: string, ...more: string[]) => [
  ...['devices', 'import', file, '--product', account.demo.productKey],
  ...more,
];

const importList = (file: string, ...more: string[]): Promise<CliRun> =>
  runCli(importArguments(file, ...more), { env });

function askCertificate(deviceId: string): Promise<unknown> {
  const fields = { deviceId, random: randomBytes(8).toString('hex') };
  return ask(signCertificateBody(fields, account.demo.productSecret));
}

describe('a list of deviceIds whose identities come from an account', () => {
  test('is not imported without --reserve, which the refusal names', async () => {
    const file = listOfLines('deviceId', 'SN-1');
    const { code, out, err } = await importList(file);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^mooring: MOORING_IDENTITIES is aliyun, .* With --reserve it notes/);
    expect(existsSync(checkpointPath(distributor.dataDir, file))).toBe(false);
    expect(await inStore(distributor, (store) => readRow('SN-1', store))).toBeUndefined();
  });

  test('is reserved, and each device gets an identity that the account knows when it asks', async () => {
    const { productKey } = account.demo;
    const file = listOfLines(
      'deviceId,DeviceName,Nickname,DeviceSecret',
      'SN/0001,,First,hush',
      'SN-0002,lamp-2,,',
    );
    const refused = { code: 6600, message: 'certificate refused' };
    expect(await askCertificate('SN/0001')).toEqual(refused);
    expect(await importList(file, '--reserve')).toEqual({
      code: 0,
      out: '2 deviceIds noted, 0 lines rejected\n',
      err: 'not read: the columns Nickname, DeviceSecret\n',
    });
    const first = await askCertificate('SN/0001');
    const second = await askCertificate('SN-0002');
    const secret = expect.stringMatching(/^[0-9a-f]{32}$/);
    const hashed = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(first).toEqual({ productKey, deviceName: hashed, deviceSecret: secret });
    expect(second).toEqual({ productKey, deviceName: 'lamp-2', deviceSecret: secret });
    const name = { productKey, deviceName: 'lamp-2' };
    const there = await inStore(account, (store) => findDevice(name, store));
    expect(there).toMatchObject({ ok: true });
    const here = await inStore(distributor, (store) => findDevice(name, store));
    expect(here).toMatchObject({ ok: false });
    const count = await inStore(distributor, (store) => countDevicesOf(productKey, store));
    expect(count).toBe(0);
  });

  test('rejects what cannot be reserved, and no secret is among the rejects', async () => {
    const file = listOfLines(
      'deviceId,DeviceName,DeviceSecret',
      'SN-11,lamp-11,hush-1',
      'SN-12,lamp-11,hush-2',
      'SN-11,lamp-11,hush-3',
      'lamp-11,,hush-4',
      ',lamp-15,hush-5',
      'SN-11,lamp-16,hush-6',
    );
    const { code, out } = await importList(file, '--reserve');
    expect(code).toBe(1);
    expect(out).toMatch(/^2 deviceIds noted, 4 lines rejected/);
    expect(readFileSync(`${file}.rejects.csv`, 'utf8').trimEnd().split('\n')).toEqual([
      'Line,Reason,deviceId,DeviceName',
      '3,an earlier line names this device for another deviceId,SN-12,lamp-11',
      '5,an earlier line names this device for another deviceId,lamp-11,',
      '6,deviceId: it is missing,,lamp-15',
      '7,"deviceId: it is noted already, for another product or DeviceName",SN-11,lamp-16',
    ]);
    const noIds = await importList(listOfLines('DeviceName', 'lamp-21'), '--reserve');
    expect(noIds.err).toContain('The header has no column deviceId');
  });

  test(
    'is gone on with after a kill, and none of its own lines is rejected',
    async () => {
      const ids = Array.from({ length: LINES }, (_, index) => `K/${index}`);
      const lines = ids.map((id, index) => `${id},kept-${index}`);
      const file = listOfLines('deviceId,DeviceName', ...lines, 'K/last,kept-0');
      const path = checkpointPath(distributor.dataDir, file);
      const child = spawnMooring(importArguments(file, '--reserve'), env);
      const exit = once(child, 'exit');
      const hasBegun = () => existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).position;
      while (child.exitCode === null && !(hasBegun()?.line > 2)) await sleep(3);
      child.kill('SIGKILL');
      expect(await exit).toEqual([null, 'SIGKILL']);
      // In a process of its own: lmdb may refuse the next big write of one that lived through the kill.
      const again = spawnMooring(importArguments(file, '--reserve'), env);
      const { stdout, stderr } = again;
      if (!stdout || !stderr) throw new Error('no pipes');
      const [out, err] = await Promise.all([text(stdout), text(stderr), once(again, 'exit')]);
      expect(err).toMatch(/^goes on at line \d+: \d+ deviceIds noted, 0 lines rejected so far\n/);
      expect(out).toMatch(new RegExp(`^${LINES} deviceIds noted, 1 line rejected`));
      expect(readFileSync(`${file}.rejects.csv`, 'utf8')).toContain('K/last,kept-0');
      const rows = await inStore(distributor, (store) =>
        Promise.all(ids.map((id) => readRow(id, store))),
      );
      expect(rows.map((row) => row?.value.deviceName)).toEqual(
        ids.map((_, index) => `kept-${index}`),
      );
    },
    TIMEOUT_MS,
  );
});
