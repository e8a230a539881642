import { afterEach, describe, expect, test, vi } from 'vitest';
import { openAliyunShadows } from '../../shared/adapters/aliyun/function-shadows.ts';
import type { ShadowChange, ShadowRequest } from '../../shared/ports/shadows.ts';
import { captureLog } from '../support/captured-log.ts';
import { signInForm } from '../support/device-http.ts';
import { callAction } from '../support/pop-core.ts';
import {
  answerOf,
  type Script,
  type ScriptedApi,
  startScriptedApi,
} from '../support/scripted-api.ts';
import { SHADOW_DEVICE } from '../support/shadow-messages.ts';
import { startTestStack } from '../support/test-stack.ts';

const CREDENTIALS = { accessKeyId: 'AKID-1', accessKeySecret: 'SECRET-1' };
const DONE = answerOf({ Success: true });
const CONFLICT = answerOf({
  Success: false,
  Code: 'iot.messagebroker.InvalidVersionValueInShadowMessage',
  ErrorMessage: 'the version is too low',
});

const running: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function openAccount(script: Script): Promise<ScriptedApi> {
  const api = await startScriptedApi(script);
  running.push(api);
  return api;
}

async function perform(script: Script, ...requests: readonly ShadowRequest[]) {
  const api = await openAccount(script);
  const log = captureLog();
  const shadows = openAliyunShadows({
    aliyun: { endpoint: api.endpoint, instanceId: 'iot-1' },
    credentials: () => CREDENTIALS,
    log,
    nowMs: () => performance.now(),
  });
  const states = await shadows.perform(SHADOW_DEVICE, requests);
  const calls = api.forms.map((form) => ({
    action: form.get('Action'),
    message: form.get('ShadowMessage'),
    delta: form.get('DeltaUpdate'),
  }));
  return { states, calls, forms: api.forms, log };
}

const change = (wanted: Partial<ShadowChange>): ShadowChange => ({
  kind: 'change',
  from: 'device',
  version: 4,
  atMs: 0,
  ...wanted,
});

const report = (reported: Record<string, unknown>, version = 4) =>
  change({ version, reported: { kind: 'merge', values: reported } });

const shadowOf = (state: object, version: number) =>
  answerOf({
    Success: true,
    ShadowMessage: JSON.stringify({ state, metadata: {}, timestamp: 1_700_000_000, version }),
  });

describe('a request of a shadow that an account keeps', () => {
  test('to change it is made in the form of the platform, once', async () => {
    const { states, calls, forms } = await perform(() => DONE, report({ a: 1, b: 'null' }));
    expect(states).toEqual([{ ok: true, value: { version: 4 } }]);
    expect(calls).toEqual([
      {
        action: 'UpdateDeviceShadow',
        message: '{"method":"update","state":{"reported":{"a":1,"b":"null"}},"version":4}',
        delta: 'true',
      },
    ]);
    expect(Object.fromEntries(forms[0] ?? [])).toMatchObject({
      ProductKey: 'a1TestProd01',
      DeviceName: 'dev_001',
      IotInstanceId: 'iot-1',
    });
  });

  test('to clear or to replace says so, and reads what the device is to obey', async () => {
    const { states, calls } = await perform(
      (form) =>
        form.get('Action') === 'GetDeviceShadow' ? shadowOf({ desired: { a: 1 } }, 9) : DONE,
      change({ desired: { kind: 'clear' }, version: -1 }),
      change({ from: 'api', desired: { kind: 'replace', values: { a: 1 } }, version: 9 }),
    );
    expect(states).toMatchObject([
      { ok: true },
      { ok: true, value: { version: 9, document: { desired: { a: 1 }, version: 9 } } },
    ]);
    expect(calls.map(({ action, message, delta }) => [action, message, delta])).toEqual([
      ['UpdateDeviceShadow', '{"method":"update","state":{"desired":"null"},"version":-1}', 'true'],
      ['GetDeviceShadow', null, null],
      [
        'UpdateDeviceShadow',
        '{"method":"update","state":{"desired":{"a":1}},"version":9}',
        'false',
      ],
      ['GetDeviceShadow', null, null],
    ]);
  });

  test.each([
    ['as text', shadowOf({ reported: { a: 1 } }, 7)],
    [
      'as it is',
      answerOf({ Success: true, ShadowMessage: { state: { reported: { a: 1 } }, version: 7 } }),
    ],
  ])('to get it gives the document, which comes %s', async (_, answer) => {
    const { states } = await perform(() => answer, { kind: 'get' });
    expect(states).toMatchObject([
      {
        ok: true,
        value: { version: 7, document: { reported: { a: 1 }, desired: {}, version: 7 } },
      },
    ]);
  });

  test.each([
    ['no document', answerOf({ Success: true })],
    ['an empty text', answerOf({ Success: true, ShadowMessage: '' })],
    ['the text null', answerOf({ Success: true, ShadowMessage: 'null' })],
  ])('to get it gives none where the account has %s', async (_, answer) => {
    const { states } = await perform(() => answer, { kind: 'get' });
    expect(states).toEqual([{ ok: true, value: { version: 0, document: undefined } }]);
  });

  test('is repeated where it is throttled', async () => {
    const throttled = answerOf({ Code: 'Throttling.User', Message: 'flow control' }, 400);
    const { states, log } = await perform(
      (_, count) => (count === 1 ? throttled : DONE),
      report({ a: 1 }),
    );
    expect(states).toMatchObject([{ ok: true }]);
    expect(log.lines).toMatchObject([{ fields: { action: 'UpdateDeviceShadow', attempt: 1 } }]);
  });

  test('is refused with what the account says, in the words of a shadow', async () => {
    const script: Script = (form) =>
      form.get('Action') === 'GetDeviceShadow' ? shadowOf({ reported: { a: 2 } }, 9) : CONFLICT;
    const { states } = await perform(script, report({ a: 1 }));
    expect(states).toEqual([
      {
        ok: false,
        failure: {
          kind: 'shadow-refused',
          code: 409,
          apiCode: 'InvalidVersionValueInShadowMessage',
          message: 'the version is too low',
        },
      },
    ]);
  });

  test.each([
    ['unknown-device', 'iot.device.NotExistedDevice'],
    ['identity-source-refused', 'iot.common.RamActionPermissionDeny'],
  ])('is refused as %s with %s', async (kind, Code) => {
    const refused = answerOf({ Success: false, Code, ErrorMessage: 'no' });
    const { states } = await perform(() => refused, report({ a: 1 }), { kind: 'get' });
    expect(states).toMatchObject([{ failure: { kind } }, { failure: { kind } }]);
  });

  test('behind which the account fails keeps its state', async () => {
    const { states } = await perform(
      (_, count) => (count === 1 ? DONE : 'hang-up'),
      report({ a: 1 }),
      report({ a: 2 }, 5),
      report({ a: 3 }, 6),
    );
    expect(states).toEqual([{ ok: true, value: { version: 4 } }]);
  });

  test('whose answer is lost rejects, and is done where it comes again', async () => {
    const api = await openAccount((form, count) => {
      if (count === 1) return 'hang-up';
      return form.get('Action') === 'GetDeviceShadow'
        ? shadowOf({ reported: { a: { x: [1] }, c: 3 } }, 4)
        : CONFLICT;
    });
    const shadows = openAliyunShadows({
      aliyun: { endpoint: api.endpoint },
      credentials: () => CREDENTIALS,
      log: captureLog(),
      nowMs: () => performance.now(),
    });
    const requests = [report({ a: { x: [1] }, b: 'null' })];
    await expect(shadows.perform(SHADOW_DEVICE, requests)).rejects.toThrow('UpdateDeviceShadow');
    expect(await shadows.perform(SHADOW_DEVICE, requests)).toMatchObject([
      { ok: true, value: { version: 4 } },
    ]);
    const others = [report({ a: { x: [2] } }), report({ c: 'null' }), report({ a: { x: [1] } }, 3)];
    expect(await shadows.perform(SHADOW_DEVICE, others)).toMatchObject(
      others.map(() => ({ ok: false, failure: { code: 409 } })),
    );
  });
});

test('a stack with MOORING_SHADOWS=aliyun keeps nothing itself', async () => {
  const api = await openAccount((form) =>
    form.get('Action') === 'GetDeviceShadow' ? shadowOf({ reported: { a: 1 } }, 4) : DONE,
  );
  const stack = await startTestStack({
    MOORING_MQTT_PORT: '0',
    MOORING_MQTT_WS_PORT: '0',
    MOORING_AMQP_PORT: '0',
    MOORING_SHADOWS: 'aliyun',
    MOORING_ALIYUN_ENDPOINT: api.endpoint,
    ALIBABA_CLOUD_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: CREDENTIALS.accessKeySecret,
  });
  running.push(stack);
  const { productKey, deviceName } = stack.demo;
  const post = async (path: string, headers: Record<string, string>, body: object) => {
    const address = `${stack.endpoints['http']}${path}`;
    const reply = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await reply.json()) as { code: number; info: { token: string } };
  };
  const form = signInForm({ ...stack.demo, iotId: '' });
  const { info } = await post('/auth', { 'content-type': 'application/json' }, form);
  const headers = { 'content-type': 'application/octet-stream', password: info.token };
  const message = { method: 'update', state: { reported: { a: 1 } }, version: 4 };
  await post(`/topic/shadow/update/${productKey}/${deviceName}`, headers, message);
  await vi.waitFor(() => expect(api.forms).toHaveLength(1), { timeout: 10_000, interval: 20 });
  expect(api.forms[0]?.get('ShadowMessage')).toBe(
    '{"method":"update","state":{"reported":{"a":1}},"version":4}',
  );
  const name = { ProductKey: productKey, DeviceName: deviceName };
  const { ShadowMessage } = await callAction(stack, 'GetDeviceShadow', name);
  expect(JSON.parse(String(ShadowMessage))).toMatchObject({
    state: { reported: { a: 1 } },
    version: 4,
  });
  expect(api.forms[1]?.get('Action')).toBe('GetDeviceShadow');
});
