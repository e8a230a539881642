import { beforeEach, describe, expect, test } from 'vitest';
import { deleteDevice, disableDevice } from '../../shared/core/devices/change-device.ts';
import { registerDevice } from '../../shared/core/devices/register-device.ts';
import { failInserts } from '../support/intercepted-store.ts';
import {
  emqxDevice,
  emqxLogin,
  emqxRequest,
  isAllowed,
  type MqttHooks,
  openMqttHooks,
} from '../support/mqtt-hooks.ts';
import { automaticConnect, registeringConnect, signedConnect } from '../support/mqtt-sign-in.ts';
import { accepted, registerTestDevice } from '../support/test-device.ts';

let suite: MqttHooks;
let base: string;

beforeEach(async () => {
  suite = await openMqttHooks();
  base = `/sys/${suite.productKey}/dev_001/thing`;
});

const lastRefusal = () => suite.parts.log.lines.at(-1)?.fields['refused'];

describe('EMQX asks whether a device may connect', () => {
  test('and is told so in its own words', async () => {
    expect(await suite.handler(emqxLogin(signedConnect(suite.device)))).toEqual({
      status: 200,
      contentType: 'application/json',
      body: '{"result":"allow","is_superuser":false}',
      outcome: 'success',
    });
    expect(await suite.stored()).toMatchObject({ status: 'ACTIVE' });
  });

  test.each([
    ['in the form of the C SDK', 'pk.dn'],
    ['in the form of the Node SDK', 'pk&dn'],
    ['with the device first', 'dn.pk'],
  ])('and is told deny for the client id of another device %s', async (_form, form) => {
    const { parts, device, productKey } = suite;
    accepted(await registerDevice({ productKey, deviceName: 'dev.of.another' }, parts));
    const clientIdOf = (deviceName: string) =>
      form.replace('pk', productKey).replace('dn', deviceName);
    const stolen = signedConnect(device, { clientId: clientIdOf('dev.of.another') });
    expect(isAllowed(await suite.handler(emqxLogin(stolen)))).toBe(false);
    expect(lastRefusal()).toEqual({
      kind: 'malformed-request',
      reason: 'the client id is that of another device',
    });
    const own = signedConnect(device, { clientId: clientIdOf(device.deviceName) });
    expect(isAllowed(await suite.handler(emqxLogin(own)))).toBe(true);
    const nobody = signedConnect(device, { clientId: clientIdOf('dev_of_nobody') });
    expect(isAllowed(await suite.handler(emqxLogin(nobody)))).toBe(true);
  });

  test('and is told deny, never ignore, for a wrong password', async () => {
    const connect = { ...signedConnect(suite.device), password: '0'.repeat(40) };
    expect(await suite.handler(emqxLogin(connect))).toEqual({
      status: 200,
      contentType: 'application/json',
      body: '{"result":"deny","is_superuser":false}',
      outcome: 'signature-mismatch',
    });
    expect(suite.parts.log.lines).toMatchObject([
      {
        level: 'warn',
        message: 'MQTT sign-in refused',
        fields: { username: connect.username, sourceIp: '192.0.2.1' },
      },
    ]);
    expect(JSON.stringify(suite.parts.log.lines)).not.toContain(connect.password);
  });

  test('and is told deny for what is no question', async () => {
    for (const body of [
      '',
      '[]',
      'null',
      '{',
      '{"username":"a"}',
      '{"clientid":7}',
      'x'.repeat(40_000),
    ])
      expect(isAllowed(await suite.handler(emqxRequest('auth', body))), body).toBe(false);
    const { clientId: clientid, username } = signedConnect(suite.device);
    expect(isAllowed(await suite.handler(emqxRequest('auth', { clientid, username })))).toBe(false);
  });

  test('and is told deny where the store fails, with the reason in the log', async () => {
    suite = await openMqttHooks({ watched: (store) => failInserts(store, 'mqtt_connections', 0) });
    const reply = await suite.handler(emqxLogin(signedConnect(suite.device)));
    expect(reply).toMatchObject({ status: 200, outcome: 'fault' });
    expect(isAllowed(reply)).toBe(false);
    expect(suite.parts.log.lines.at(-1)).toMatchObject({
      level: 'error',
      message: 'the hook failed',
      fields: { error: expect.any(Error) },
    });
  });

  test('an unusual signature is let in and noted', async () => {
    await suite.switchTo({ autoRegistration: true });
    const name = { productKey: suite.productKey, deviceName: 'dev_new' };
    const connect = automaticConnect(name, suite.productSecret);
    expect(isAllowed(await suite.handler(emqxLogin(connect)))).toBe(true);
    expect(suite.parts.log.lines).toMatchObject([
      { level: 'info', message: 'unusual signature', fields: { variant: 'whole-client-id' } },
    ]);
  });

  test.each(['register', 'regnwl'])('%s is refused: nothing could be pushed', async (authType) => {
    await suite.switchTo({ dynamicRegistration: true });
    const connect = registeringConnect(suite.device, suite.productSecret, { authType });
    expect(isAllowed(await suite.handler(emqxLogin(connect)))).toBe(false);
    expect(lastRefusal()).toEqual({
      kind: 'login-unsupported',
      reason: expect.stringContaining('POST /auth/register/device'),
    });
  });

  test('instances share the five connects of a device', async () => {
    suite = await openMqttHooks({ connectsPerMinute: 5 });
    const handlers = [suite.handler, suite.another(), suite.another()];
    const answers = await Promise.all(
      Array.from({ length: 9 }, (_, index) =>
        (handlers[index % 3] ?? suite.handler)(emqxLogin(signedConnect(suite.device))),
      ),
    );
    expect(answers.filter(isAllowed)).toHaveLength(5);
  });

  test('ten thousand wrong passwords make few lines and keep nobody else out', async () => {
    const connect = { ...signedConnect(suite.device), password: '0'.repeat(40) };
    for (let time = 0; time < 10_000; time += 1) await suite.handler(emqxLogin(connect));
    expect(suite.parts.log.lines.length).toBeLessThan(10);
    const right = emqxLogin(signedConnect(suite.device), '192.0.2.2');
    expect(isAllowed(await suite.handler(right))).toBe(true);
  });
});

describe('EMQX asks whether a device may use a topic', () => {
  test('its own lead up or down, and no other device’s', async () => {
    const device = await emqxDevice(suite.device, suite.handler);
    const { productKey } = suite;
    for (const [action, topic, allowed] of [
      ['publish', `${base}/event/property/post`, true],
      ['publish', `/${productKey}/dev_001/user/update`, true],
      ['publish', `${base}/service/property/set`, false],
      ['publish', `${base}/event/+/post`, false],
      ['publish', `/sys/${productKey}/dev_002/thing/event/property/post`, false],
      ['publish', `/broadcast/${productKey}/news`, false],
      ['subscribe', `${base}/service/property/set`, true],
      ['subscribe', `${base}/#`, true],
      ['subscribe', `/broadcast/${productKey}/news`, true],
      ['subscribe', '/ext/rrpc/+', true],
      ['subscribe', '#', false],
      ['subscribe', `/sys/${productKey}/+/thing/service/property/set`, false],
      ['subscribe', `$share/g${base}/service/property/set`, false],
      ['all', `${base}/event/property/post`, false],
    ] as const) {
      expect(await device.may(action, topic), `${action} ${topic}`).toBe(allowed);
    }
  });

  test('dots are nothing special there', async () => {
    const { productKey } = suite;
    const dotted = await registerTestDevice(suite.parts, { productKey, deviceName: 'dev.001' });
    const device = await emqxDevice(dotted, suite.handler);
    expect(device.signedIn).toBe(true);
    expect(await device.may('publish', `/sys/${productKey}/dev.001/thing/model/up_raw`)).toBe(true);
    expect(await device.may('publish', `/sys/${productKey}/dev/001/thing/model/up_raw`)).toBe(
      false,
    );
  });

  test('nobody who has not signed in has any', async () => {
    const { clientId: clientid, username } = signedConnect(suite.device);
    const topic = `${base}/event/property/post`;
    const ask = (fields: Record<string, string>) =>
      suite.handler(
        emqxRequest('acl', { clientid, username, topic, action: 'publish', ...fields }),
      );
    expect(isAllowed(await ask({}))).toBe(false);
    expect(lastRefusal()).toMatchObject({ kind: 'connection-replaced' });
    await emqxDevice(suite.device, suite.handler);
    expect(isAllowed(await ask({}))).toBe(true);
    for (const wrong of ['', 'undefined', 'dev_001', `dev_404&${suite.productKey}`, 'dev\0&x'])
      expect(isAllowed(await ask({ username: wrong })), wrong).toBe(false);
  });

  test('a device that is disabled or deleted loses its own within 10 s', async () => {
    const device = await emqxDevice(suite.device, suite.handler);
    const topic = `${base}/event/property/post`;
    expect(await device.may('publish', topic)).toBe(true);
    accepted(await disableDevice(suite.device, suite.parts));
    suite.parts.clock.advance(10_000);
    expect(await device.may('publish', topic)).toBe(false);
    expect(lastRefusal()).toMatchObject({ kind: 'device-disabled' });
    accepted(await deleteDevice(suite.device, suite.parts));
    suite.parts.clock.advance(10_000);
    expect(await device.may('publish', topic)).toBe(false);
    expect(lastRefusal()).toMatchObject({ kind: 'unknown-device' });
  });

  test('a device made again under its name is not its old connection', async () => {
    const device = await emqxDevice(suite.device, suite.handler);
    accepted(await deleteDevice(suite.device, suite.parts));
    const { productKey, deviceName } = suite.device;
    accepted(await registerDevice({ productKey, deviceName }, suite.parts));
    suite.parts.clock.advance(10_000);
    expect(await device.may('publish', `${base}/event/property/post`)).toBe(false);
  });

  test('an older connection of a device loses them within 10 s, on every instance', async () => {
    const topic = `${base}/event/property/post`;
    const elsewhere = suite.another();
    const older = await emqxDevice(suite.device, suite.handler, 'older');
    expect(await older.may('publish', topic)).toBe(true);
    const newer = await emqxDevice(suite.device, elsewhere, 'newer');
    expect(await newer.may('publish', topic)).toBe(true);
    suite.parts.clock.advance(10_000);
    expect(await older.may('publish', topic)).toBe(false);
    expect(lastRefusal()).toMatchObject({ kind: 'connection-replaced', deviceName: 'dev_001' });
    expect(await newer.may('publish', topic)).toBe(true);
  });

  test('a newer connection has them at once, also where the older one was known', async () => {
    const topic = `${base}/event/property/post`;
    const older = await emqxDevice(suite.device, suite.handler, 'older');
    expect(await older.may('publish', topic)).toBe(true);
    suite.parts.clock.advance(1);
    const newer = await emqxDevice(suite.device, suite.another(), 'newer');
    expect(newer.signedIn).toBe(true);
    const asking = {
      clientid: 'newer|securemode=3,signmethod=hmacsha1|',
      username: `dev_001&${suite.productKey}`,
    };
    const question = emqxRequest('acl', { ...asking, topic, action: 'publish' });
    expect(isAllowed(await suite.handler(question))).toBe(true);
  });

  test('what is no question is denied', async () => {
    const { clientId: clientid, username } = signedConnect(suite.device);
    await emqxDevice(suite.device, suite.handler);
    for (const fields of [
      { clientid, username, action: 'publish' },
      { clientid, username, topic: base },
      { username, topic: base, action: 'publish' },
    ])
      expect(isAllowed(await suite.handler(emqxRequest('acl', fields)))).toBe(false);
  });
});

describe('with a hook token', () => {
  const HOOK_TOKEN = 'hook-token-01';

  beforeEach(async () => {
    suite = await openMqttHooks({ hookToken: HOOK_TOKEN });
  });

  test.each([
    { headers: { 'x-mooring-hook-token': HOOK_TOKEN }, query: '' },
    { headers: { authorization: `Bearer ${HOOK_TOKEN}` }, query: '' },
    { headers: {}, query: `token=${HOOK_TOKEN}` },
  ])('a call with it is answered: $headers$query', async ({ headers, query }) => {
    const login = emqxLogin(signedConnect(suite.device));
    const reply = await suite.handler({
      ...login,
      headers: { ...login.headers, ...headers },
      query,
    });
    expect(isAllowed(reply)).toBe(true);
  });

  test.each([undefined, '', 'hook-token-02'])('a call with %s gets 401', async (token) => {
    const login = emqxLogin(signedConnect(suite.device));
    const headers = { ...login.headers, 'x-mooring-hook-token': token };
    const reply = await suite.handler({ ...login, headers });
    expect(reply).toMatchObject({ status: 401, body: 'deny' });
    expect(await suite.stored()).toMatchObject({ status: 'UNACTIVE' });
  });
});
