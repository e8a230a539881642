import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAliyunIdentities } from '../../shared/adapters/aliyun/function-identities.ts';
import type { Credentials } from '../../shared/ports/credentials.ts';
import { captureLog } from '../support/captured-log.ts';
import {
  answerOf,
  type ScriptedAnswer,
  type ScriptedApi,
  startScriptedApi,
} from '../support/scripted-api.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

/** A Mooring that stands for the account. */
let account: TestStack;
const scripted: ScriptedApi[] = [];

beforeAll(async () => {
  account = await startTestStack();
});

afterAll(async () => {
  for (const api of scripted) await api.stop();
  await account.stop();
});

function openIdentities(credentials: Partial<Credentials> = {}, endpoint?: string) {
  const log = captureLog();
  const { accessKeyId, accessKeySecret } = account.demo;
  const identities = openAliyunIdentities({
    aliyun: { endpoint: endpoint ?? account.endpoints['http'] ?? '' },
    credentials: () => ({ accessKeyId, accessKeySecret, ...credentials }),
    log,
    nowMs: () => performance.now(),
  });
  return { identities, log };
}

type Forward = () => Promise<ScriptedAnswer>;

/** The account behind something that answers some of the calls itself, or loses their answers. */
async function openBehind(
  script: (forward: Forward, count: number) => ScriptedAnswer | Promise<ScriptedAnswer>,
) {
  const api = await startScriptedApi(async (form, count) => {
    const forward = async () => {
      const reply = await fetch(account.endpoints['http'] ?? '', { method: 'POST', body: form });
      return { status: reply.status, body: await reply.text() };
    };
    return script(forward, count);
  });
  scripted.push(api);
  return { api, ...openIdentities({}, api.endpoint) };
}

test('a device is registered once in the account and found there', async () => {
  const { identities } = openIdentities();
  const name = { productKey: account.demo.productKey, deviceName: 'remote_1' };
  const registered = await identities.register({ ...name, nickname: '一号设备' });
  expect(registered).toEqual({
    ok: true,
    value: {
      ...name,
      deviceSecret: expect.stringMatching(/^\w{32}$/),
      iotId: expect.stringMatching(/^\w+$/),
    },
  });
  expect(await identities.find(name)).toEqual(registered);
  expect(await identities.register(name)).toEqual({
    ok: false,
    failure: { kind: 'device-exists', ...name },
  });
});

test('unknown products and devices and bad names are refused as Mooring itself does', async () => {
  const { identities } = openIdentities();
  const name = { productKey: account.demo.productKey, deviceName: 'nobody' };
  expect(await identities.find(name)).toMatchObject({ failure: { kind: 'unknown-device' } });
  expect(await identities.register({ ...name, productKey: 'a1AAAAAAAAA' })).toMatchObject({
    failure: { kind: 'unknown-product', productKey: 'a1AAAAAAAAA' },
  });
  expect(await identities.register({ ...name, deviceName: 'x y' })).toMatchObject({
    failure: { kind: 'invalid-parameter', parameter: 'DeviceName' },
  });
});

for (const [wrong, code] of [
  [{ accessKeyId: 'WRONGID0' }, 'InvalidAccessKeyId.NotFound'],
  [{ accessKeySecret: 'WRONGSECRET0', securityToken: 'STSTOKEN0' }, 'SignatureDoesNotMatch'],
] as const) {
  test(`${code} is refused without the key, the text that was signed and the address`, async () => {
    const { identities, log } = openIdentities(wrong);
    const name = { productKey: account.demo.productKey, deviceName: 'remote_2' };
    const refused = await identities.register(name);
    expect(refused).toMatchObject({ failure: { kind: 'identity-source-refused', code } });
    const text = JSON.stringify([refused, log.lines]);
    expect(text).not.toContain(account.demo.accessKeySecret);
    expect(text).not.toMatch(/WRONGID0|WRONGSECRET0|STSTOKEN0|string to sign|http/);
  });
}

test('a registration that is throttled twice succeeds, and the log has both waits', async () => {
  const throttled = answerOf({ Code: 'Throttling.User', Message: 'flow control' }, 400);
  const { identities, log } = await openBehind((forward, count) =>
    count <= 2 ? throttled : forward(),
  );
  const name = { productKey: account.demo.productKey, deviceName: 'remote_3' };
  expect(await identities.register(name)).toMatchObject({ ok: true, value: name });
  expect(log.lines).toMatchObject([
    { level: 'warn', fields: { action: 'RegisterDevice', attempt: 1, reason: 'Throttling.User' } },
    { level: 'warn', fields: { action: 'RegisterDevice', attempt: 2, reason: 'Throttling.User' } },
  ]);
});

test('a registration whose answer is lost exists, and is found', async () => {
  const { identities, api } = await openBehind(async (forward, count) => {
    const answer = await forward();
    return count === 1 ? 'hang-up' : answer;
  });
  const name = { productKey: account.demo.productKey, deviceName: 'remote_4' };
  expect(await identities.register(name)).toMatchObject({ failure: { kind: 'device-exists' } });
  expect(await identities.find(name)).toMatchObject({ ok: true, value: name });
  expect(api.forms.map((form) => form.get('Action'))).toEqual([
    'RegisterDevice',
    'RegisterDevice',
    'QueryDeviceDetail',
  ]);
});
