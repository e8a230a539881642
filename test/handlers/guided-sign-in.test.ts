import { beforeEach, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/guided-sign-in/handler.ts';
import { disableDevice } from '../../shared/core/devices/change-device.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { createSealing } from '../../shared/core/sealing/sealing.ts';
import type { Request } from '../../shared/model/http.ts';
import { signForm } from '../support/device-http.ts';
import {
  guidedForm,
  guidedRequest,
  MQTT_ADDRESS,
  openGuidedSignIn,
  type TestGuide,
} from '../support/guided-sign-in.ts';
import { testKey } from '../support/memory-parts.ts';
import { openMqttSignIn, refusalOf } from '../support/mqtt-sign-in.ts';
import { accepted } from '../support/test-device.ts';

let suite: TestGuide;

beforeEach(async () => {
  suite = await openGuidedSignIn();
});

const PARAMETER_ERROR = '{"code":460,"message":"request parameter error"}';
const AUTH_ERROR = '{"code":401,"message":"request auth error"}';
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

describe('POST /auth/devicename', () => {
  test('answers with iotId, iotToken and where to connect', async () => {
    const reply = await suite.signIn();
    expect(reply).toMatchObject({
      status: 200,
      contentType: 'application/json',
      outcome: 'success',
    });
    const { iotId } = suite.device;
    const { iotToken } = JSON.parse(reply.body).data;
    const { host, port } = MQTT_ADDRESS;
    expect(reply.body).toBe(
      `{"code":200,"data":{"iotId":"${iotId}","iotToken":"${iotToken}","resources":{"mqtt":{"host":"${host}","port":${port}}}},"message":"success"}`,
    );
    expect(iotToken).toMatch(/^[\w-]{1,65}$/);
    expect(reply.body.length).toBeLessThan(300);
  });

  test.each(['hmacmd5', 'hmacsha1', 'hmacsha256'])('takes %s', async (signmethod) => {
    const reply = await suite.signIn(guidedForm(suite.device, { signmethod }));
    expect(JSON.parse(reply.body).code).toBe(200);
  });

  test('takes a form without signmethod and timestamp, and with fields that nobody knows', async () => {
    const { productKey, deviceName, deviceSecret } = suite.device;
    const form = signForm({ productKey, deviceName, clientId: 'c', extra: '1' }, deviceSecret);
    expect(JSON.parse((await suite.signIn(form)).body).code).toBe(200);
  });

  test('gives what CONNECT takes for a week, and does not activate the device itself', async () => {
    const { data } = JSON.parse((await suite.signIn()).body);
    const { parts } = suite;
    const { connect } = await openMqttSignIn({ parts });
    const key = { partition: suite.device.productKey, sort: suite.device.deviceName };
    expect((await parts.store.table('devices').read(key))?.value.status).toBe('UNACTIVE');
    const credentials = {
      clientId: 'c|securemode=-1|',
      username: data.iotId,
      password: data.iotToken,
    };
    parts.clock.advance(WEEK_MS - 1000);
    accepted(await connect(credentials));
    expect((await parts.store.table('devices').read(key))?.value.status).toBe('ACTIVE');
    parts.clock.advance(1000);
    expect(refusalOf(await connect(credentials))).toEqual({
      kind: 'token-retired',
      reason: 'expired',
    });
  });
});

describe('refused is', () => {
  const requests: [string, Partial<Request>][] = [
    ['GET', { method: 'GET' }],
    ['a query string', { query: 'a=1' }],
    ['another content type', { headers: { 'content-type': 'application/json' } }],
    ['an empty body', { body: Buffer.alloc(0) }],
    ['a body beyond UTF-8', { body: Buffer.from([0, 255, 254]) }],
    ['a body over 128 KB', { body: Buffer.alloc(128 * 1024 + 1, 'a') }],
  ];
  test.each(requests)('%s, with 460', async (_, change) => {
    const request = guidedRequest(guidedForm(suite.device), change);
    expect((await suite.handler(request)).body).toBe(PARAMETER_ERROR);
  });

  test.each(['productKey', 'deviceName', 'clientId', 'sign'])(
    'a form without %s, or with it twice, with 460',
    async (name) => {
      const { [name]: value, ...rest } = guidedForm(suite.device);
      expect((await suite.signIn(rest)).body).toBe(PARAMETER_ERROR);
      const pairs = Object.entries(rest).map(([key, text]): [string, string] => [key, `${text}`]);
      const form = new URLSearchParams([...pairs, [name, `${value}`], [name, `${value}`]]);
      expect((await suite.handler(guidedRequest(form.toString()))).body).toBe(PARAMETER_ERROR);
    },
  );

  test.each([
    { clientId: 'c'.repeat(65) },
    { productKey: 'p'.repeat(33) },
    { deviceName: 'dev\x001' },
    { extra: 'x'.repeat(257) },
  ])('%j, with 460', async (changes) => {
    expect((await suite.signIn(guidedForm(suite.device, changes))).body).toBe(PARAMETER_ERROR);
  });

  test('a wrong signature, an unknown device and a disabled one, all alike', async () => {
    const other = { ...suite.device, deviceSecret: 'of another device' };
    expect((await suite.signIn(guidedForm(other))).body).toBe(AUTH_ERROR);
    expect(suite.parts.log.lines.at(-1)).toMatchObject({
      level: 'warn',
      message: 'guided sign-in refused',
      fields: { refused: { kind: 'signature-mismatch' } },
    });
    const unknown = { ...suite.device, deviceName: 'dev_404' };
    expect((await suite.signIn(guidedForm(unknown))).body).toBe(AUTH_ERROR);
    accepted(await disableDevice(suite.device, suite.parts));
    expect((await suite.signIn()).body).toBe(AUTH_ERROR);
    expect(suite.parts.log.lines.at(-1)?.fields['refused']).toMatchObject({
      kind: 'device-disabled',
    });
  });

  test('no secret is in the log', async () => {
    const { productKey, deviceName, deviceSecret } = suite.device;
    const form = { productKey, deviceName, clientId: 'c', deviceSecret, sign: '0'.repeat(40) };
    expect((await suite.signIn(form)).body).toBe(AUTH_ERROR);
    expect(suite.parts.log.lines).toHaveLength(1);
    expect(JSON.stringify(suite.parts.log.lines)).not.toContain(deviceSecret);
  });
});

test('a secret that does not open is a fault: code 500, and the reason is in the log', async () => {
  const sealing = createSealing(createKeyRing([testKey('lost')]), suite.parts.randomBytes);
  const handler = createHandler({ ...suite.parts, sealing, mqttAddress: MQTT_ADDRESS });
  const reply = await handler(guidedRequest(guidedForm(suite.device)));
  expect(reply).toMatchObject({ body: '{"code":500,"message":"server error"}', outcome: 'fault' });
  expect(suite.parts.log.lines.at(-1)?.level).toBe('error');
});
