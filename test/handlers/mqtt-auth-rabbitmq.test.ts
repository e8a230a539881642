import { beforeEach, describe, expect, test } from 'vitest';
import { createAccessKey } from '../../shared/core/access-keys/access-keys.ts';
import { hmac } from '../../shared/core/signing/hmac.ts';
import { issueGuidedToken } from '../../shared/core/token/guided-token.ts';
import {
  emqxLogin,
  formOf,
  isAllowed,
  type MqttHooks,
  openMqttHooks,
  rabbitmqDevice,
  rabbitmqLogin,
  rabbitmqRequest,
} from '../support/mqtt-hooks.ts';
import { signedConnect } from '../support/mqtt-sign-in.ts';
import { registerTestDevice } from '../support/test-device.ts';

let suite: MqttHooks;

beforeEach(async () => {
  suite = await openMqttHooks();
});

const lastRefusal = () => suite.parts.log.lines.at(-1)?.fields['refused'];

describe('RabbitMQ asks about a user', () => {
  test('and is told allow or deny as plain text', async () => {
    const right = signedConnect(suite.device);
    expect(await suite.handler(rabbitmqLogin(right))).toEqual({
      status: 200,
      contentType: 'text/plain; charset=utf-8',
      body: 'allow',
      outcome: 'success',
    });
    const wrong = { ...right, password: '0' };
    expect(await suite.handler(rabbitmqLogin(wrong))).toMatchObject({ status: 200, body: 'deny' });
  });

  test('with GET too, and at /mqtt/auth alone', async () => {
    const { clientId: client_id, username, password } = signedConnect(suite.device);
    const fields = { username, password, vhost: '/', client_id };
    const query = formOf(fields);
    const got = rabbitmqRequest('auth/user', {}, { method: 'GET', query });
    expect(isAllowed(await suite.handler(got))).toBe(true);
    expect(isAllowed(await suite.handler(rabbitmqRequest('auth', fields)))).toBe(true);
  });

  test('who keeps sending a wrong password locks out nobody with another client id', async () => {
    const wrong = { ...signedConnect(suite.device, { clientId: 'stranger' }), password: '0' };
    for (let time = 0; time < 10; time += 1) await suite.handler(rabbitmqLogin(wrong));
    expect(lastRefusal()).toMatchObject({ kind: 'login-blocked' });
    expect((await rabbitmqDevice(suite.device, suite.handler)).signedIn).toBe(true);
  });
});

describe('RabbitMQ asks about a vhost', () => {
  test.each([
    ['/', true],
    ['other', false],
    ['', false],
  ])('"%s": %s', async (vhost, allowed) => {
    const fields = { username: 'dev_001&pk', vhost, ip: '192.0.2.1' };
    expect(isAllowed(await suite.handler(rabbitmqRequest('acl/vhost', fields)))).toBe(allowed);
    expect(isAllowed(await suite.handler(rabbitmqRequest('acl', fields)))).toBe(allowed);
  });
});

describe('RabbitMQ asks about a resource', () => {
  test.each([
    ['queue', 'mqtt-subscription-ID' + 'qos1', 'configure', true],
    ['queue', 'mqtt-subscription-ID' + 'qos1', 'write', true],
    ['queue', 'mqtt-subscription-ID' + 'qos0', 'read', true],
    ['queue', 'mqtt-will-ID', 'configure', true],
    ['queue', 'mqtt-subscription-otherqos1', 'read', false],
    ['queue', 'mqtt-subscription-IDqos2', 'read', false],
    ['queue', 'mooring-uplink', 'read', false],
    ['exchange', 'amq.topic', 'read', true],
    ['exchange', 'amq.topic', 'write', true],
    ['exchange', 'amq.topic', 'configure', false],
    ['exchange', 'amq.topic', '', false],
    ['exchange', 'amq.topic', 'delete', false],
    ['exchange', 'amq.default', 'write', false],
    ['exchange', 'amq.fanout', 'read', false],
    ['topic', 'amq.topic', 'write', false],
    ['', '', '', false],
  ])('%s %s, %s: %s', async (resource, name, permission, allowed) => {
    const device = await rabbitmqDevice(suite.device, suite.handler);
    const fields = { resource, name: name.replace('ID', device.clientId), permission };
    expect(await device.ask('acl/resource', fields)).toBe(allowed);
    const told = { ...fields, client_id: device.clientId };
    expect(await device.ask('acl', told)).toBe(allowed);
  });

  test('no queue is anybody’s who has not signed in', async () => {
    const { clientId, username } = signedConnect(suite.device);
    const name = `mqtt-subscription-${clientId}qos1`;
    const fields = { username, vhost: '/', resource: 'queue', name, permission: 'read' };
    expect(isAllowed(await suite.handler(rabbitmqRequest('acl/resource', fields)))).toBe(false);
  });
});

describe('RabbitMQ asks about a topic', () => {
  test('dots are slashes and stars are pluses', async () => {
    const device = await rabbitmqDevice(suite.device, suite.handler);
    const { productKey } = suite;
    for (const [permission, topic, allowed] of [
      ['write', `/sys/${productKey}/dev_001/thing/event/property/post`, true],
      ['write', `/${productKey}/dev_001/user/update`, true],
      ['write', `/${productKey}/dev_001/update/error`, true],
      ['write', `/sys/${productKey}/dev_001/thing/service/property/set`, false],
      ['write', `/sys/${productKey}/dev_002/thing/event/property/post`, false],
      ['write', `/sys/${productKey}/dev_001/thing/event/+/post`, false],
      ['read', `/sys/${productKey}/dev_001/thing/service/+`, true],
      ['read', `/sys/${productKey}/dev_001/#`, true],
      ['read', `/${productKey}/dev_001/#`, true],
      ['read', `/${productKey}/dev_001/user/+`, true],
      ['read', '/ext/rrpc/+', true],
      ['read', `/sys/${productKey}/+/thing/service/property/set`, false],
      ['read', '#', false],
      ['read', `/sys/${productKey}/#/set`, false],
      ['configure', `/${productKey}/dev_001/user/update`, false],
    ] as const) {
      expect(await device.may(permission, topic), `${permission} ${topic}`).toBe(allowed);
    }
  });

  test('of another exchange is none of a device', async () => {
    const device = await rabbitmqDevice(suite.device, suite.handler);
    const fields = {
      'variable_map.client_id': device.clientId,
      resource: 'topic',
      name: 'amq.rabbitmq.trace',
      permission: 'write',
      routing_key: `.${suite.productKey}.dev_001.user.update`,
    };
    expect(await device.ask('acl/topic', fields)).toBe(false);
    expect(await device.ask('acl/topic', { ...fields, name: 'amq.topic' })).toBe(true);
  });

  test('of an older connection is refused, so that RabbitMQ ends it', async () => {
    const older = await rabbitmqDevice(suite.device, suite.handler, 'older');
    const newer = await rabbitmqDevice(suite.device, suite.handler, 'newer');
    const topic = `/${suite.productKey}/dev_001/user/update`;
    expect(await older.may('write', topic)).toBe(false);
    expect(lastRefusal()).toMatchObject({ kind: 'connection-replaced' });
    expect(await newer.may('write', topic)).toBe(true);
  });
});

describe('devices of which one name is the other’s with a dot and more', () => {
  test('dev_001 and dev_001.x reach nothing of one another', async () => {
    const { productKey } = suite;
    const dotted = await registerTestDevice(suite.parts, { productKey, deviceName: 'dev_001.x' });
    const plain = await rabbitmqDevice(suite.device, suite.handler, 'plain');
    const behind = await rabbitmqDevice(dotted, suite.handler, 'dotted');
    expect(plain.signedIn).toBe(true);
    expect(behind.signedIn).toBe(false);
    expect(lastRefusal()).toEqual({
      kind: 'login-unsupported',
      reason: expect.stringContaining('"." stands for "/"'),
    });
    expect(await suite.stored('dev_001.x')).toMatchObject({ status: 'UNACTIVE' });
    const names = ['dev_001', 'dev_001.x', 'dev_001/x'];
    for (const name of names) {
      for (const [permission, topic] of [
        ['write', `/sys/${productKey}/${name}/thing/event/property/post`],
        ['write', `/${productKey}/${name}/user/update`],
        ['write', `/ext/rrpc/1/${productKey}/${name}/user/get`],
        ['read', `/sys/${productKey}/${name}/thing/service/property/set`],
        ['read', `/${productKey}/${name}/user/get`],
        ['read', `/ext/ntp/${productKey}/${name}/response`],
        ['read', `/ota/device/upgrade/${productKey}/${name}`],
        ['read', `/shadow/get/${productKey}/${name}`],
      ] as const) {
        expect(await behind.may(permission, topic), `dotted ${topic}`).toBe(false);
        const isOwn = name === 'dev_001';
        expect(await plain.may(permission, topic), `plain ${topic}`).toBe(isOwn);
      }
    }
  });

  test('dev_001.x has no way in by its iotId either', async () => {
    const { parts, productKey } = suite;
    const dotted = await registerTestDevice(parts, { productKey, deviceName: 'dev_001.x' });
    const { generation = 0 } = (await suite.stored('dev_001.x')) ?? {};
    const claims = { iotId: dotted.iotId, generation, expiresAtMs: parts.nowMs() + 60_000 };
    const connect = {
      clientId: 'guided|securemode=-1|',
      username: dotted.iotId,
      password: issueGuidedToken(claims, parts.tokenKeys),
    };
    expect(isAllowed(await suite.handler(rabbitmqLogin(connect)))).toBe(false);
    expect(lastRefusal()).toMatchObject({ kind: 'login-unsupported' });
    // Where it has come in through another broker, it still reaches nothing behind this one.
    expect(isAllowed(await suite.handler(emqxLogin(connect)))).toBe(true);
    const exchange = { resource: 'exchange', name: 'amq.topic', permission: 'write' };
    const asked = { username: dotted.iotId, client_id: connect.clientId, ...exchange };
    expect(isAllowed(await suite.handler(rabbitmqRequest('acl/resource', asked)))).toBe(false);
    expect(lastRefusal()).toMatchObject({ kind: 'login-unsupported' });
  });

  test('a product key with a dot has no way in', async () => {
    const connect = { ...signedConnect(suite.device), username: 'dev_001&a1.Test' };
    expect(isAllowed(await suite.handler(rabbitmqLogin(connect)))).toBe(false);
    expect(lastRefusal()).toMatchObject({ kind: 'login-unsupported' });
  });
});

describe('a question without a password', () => {
  const asked = (username: string, changes = {}) =>
    suite.handler(rabbitmqRequest('auth/user', { username, vhost: '/', ...changes }));

  const amqpLogin = async () => {
    const { accessKeyId, accessKeySecret } = await createAccessKey(suite.parts);
    const username = `consumer|authMode=aksign,signMethod=hmacsha1,authId=${accessKeyId},timestamp=1,consumerGroupId=a.b&c|`;
    const content = `authId=${accessKeyId}&timestamp=1`;
    const password = hmac('hmacsha1', accessKeySecret, content).toString('base64');
    return { username, password };
  };

  test('is answered once for each AMQP login with one', async () => {
    const { username, password } = await amqpLogin();
    expect(isAllowed(await asked(username))).toBe(false);
    expect(isAllowed(await asked(username, { password }))).toBe(true);
    expect(isAllowed(await asked(username))).toBe(true);
    expect(isAllowed(await asked(username))).toBe(false);
    await asked(username, { password });
    await asked(username, { password });
    expect(isAllowed(await asked(username))).toBe(true);
    expect(isAllowed(await asked(username))).toBe(true);
    expect(isAllowed(await asked(username))).toBe(false);
  });

  test('is answered by another instance too, and no later than 10 s after', async () => {
    const { username, password } = await amqpLogin();
    await asked(username, { password });
    const question = rabbitmqRequest('auth/user', { username, vhost: '/' });
    expect(isAllowed(await suite.another()(question))).toBe(true);
    await asked(username, { password });
    suite.parts.clock.advance(10_000);
    expect(isAllowed(await asked(username))).toBe(false);
  });

  test('is denied after an AMQP login with a wrong password, or an empty one', async () => {
    const { username, password } = await amqpLogin();
    for (const wrong of ['', `${password}x`, Buffer.from('guess').toString('base64')]) {
      expect(isAllowed(await asked(username, { password: wrong }))).toBe(false);
      expect(isAllowed(await asked(username))).toBe(false);
    }
    const stranger = username.replace('authId=MK', 'authId=XX');
    expect(isAllowed(await asked(stranger, { password }))).toBe(false);
    expect(isAllowed(await asked(stranger))).toBe(false);
  });

  test('is denied for a device, also after it has signed in over MQTT', async () => {
    const { signedIn } = await rabbitmqDevice(suite.device, suite.handler);
    expect(signedIn).toBe(true);
    const { clientId: client_id, username, password } = signedConnect(suite.device);
    expect(isAllowed(await asked(username))).toBe(false);
    expect(isAllowed(await asked(username, { client_id }))).toBe(false);
    expect(isAllowed(await asked(username, { password }))).toBe(false);
    expect(isAllowed(await asked(username, { client_id, password: '' }))).toBe(false);
  });

  test('gives an AMQP login no topic and no queue', async () => {
    const { username, password } = await amqpLogin();
    await asked(username, { password });
    const ask = async (path: string, fields: Record<string, string>) =>
      isAllowed(await suite.handler(rabbitmqRequest(path, { username, vhost: '/', ...fields })));
    const topic = { name: 'amq.topic', permission: 'read', routing_key: '#' };
    expect(await ask('acl/topic', { resource: 'topic', ...topic })).toBe(false);
    expect(await ask('acl/resource', { resource: 'exchange', ...topic })).toBe(false);
  });
});

test('another path beside the hooks is denied', async () => {
  const request = rabbitmqRequest('acl/other', { username: 'a', vhost: '/' });
  expect(isAllowed(await suite.handler(request))).toBe(false);
});
