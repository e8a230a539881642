import { beforeEach, describe, expect, test } from 'vitest';
import { createHandler, type MqttUplinkParts } from '../../functions/mqtt-uplink/handler.ts';
import { answerTopic } from '../../shared/core/answers/answer-topic.ts';
import { disableDevice } from '../../shared/core/devices/change-device.ts';
import { createDeviceDirectory } from '../../shared/core/devices/device-directory.ts';
import { createProductDirectory } from '../../shared/core/products/product-directory.ts';
import type { Handler } from '../../shared/model/http.ts';
import { drainBus, jsonBodyOf } from '../support/drain-bus.ts';
import { createMemoryParts, type MemoryParts } from '../support/memory-parts.ts';
import { EMPTY_REQUEST } from '../support/openapi.ts';
import { registerTestDevice, type TestDevice } from '../support/test-device.ts';

const TOKEN = 'hook-token-1';

let parts: MemoryParts;
let device: TestDevice;
let handler: Handler;
/** The device's own. */
let username: string;
let topic: string;

beforeEach(async () => {
  parts = createMemoryParts();
  device = await registerTestDevice(parts);
  handler = createHandler(uplinkParts());
  username = `${device.deviceName}&${device.productKey}`;
  topic = `/sys/${device.productKey}/${device.deviceName}/thing/event/property/post`;
  parts.downlink.connected.add(`${device.productKey}/${device.deviceName}`);
});

function uplinkParts(changes: Partial<MqttUplinkParts> = {}): MqttUplinkParts {
  return {
    ...parts,
    directory: createDeviceDirectory(parts),
    products: createProductDirectory(parts),
    hookToken: TOKEN,
    ...changes,
  };
}

async function post(body: unknown, headers = { 'x-mooring-hook-token': TOKEN }) {
  const sent = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const request = { ...EMPTY_REQUEST, method: 'POST', path: '/mqtt/uplink', headers, body: sent };
  const reply = await handler(request);
  return { ...reply, body: JSON.parse(reply.body) };
}

const POST = { id: '7', version: '1.0', params: { temperature: 21.5 } };

const published = (changes: object = {}) => ({
  event: 'message.publish',
  topic,
  username,
  clientid: 'c|securemode=2|',
  peerhost: '203.0.113.7',
  payload: Buffer.from(JSON.stringify(POST)).toString('base64'),
  ...changes,
});

const connection = (event: string, changes: object = {}) => ({
  event,
  username,
  clientid: 'c|securemode=2|',
  peername: '203.0.113.7:51234',
  connected_at: 1_700_000_000_000,
  disconnected_at: 1_700_000_001_000,
  ...changes,
});

describe('a published message', () => {
  test('is on the bus before it is answered, and its reply goes to the device', async () => {
    const reply = await post(published());
    expect(reply).toMatchObject({ status: 200, body: { result: 'ok' }, outcome: 'success' });
    const [message, ...more] = await drainBus(parts.bus);
    expect(more).toEqual([]);
    expect(message).toMatchObject({ kind: 'property', transport: 'mqtt', iotId: device.iotId });
    expect(parts.downlink.published).toMatchObject([{ topic: `${topic}_reply` }]);
  });

  test('is taken under the iotId as username too', async () => {
    expect(await post(published({ username: device.iotId }))).toMatchObject({
      body: { result: 'ok' },
    });
  });

  test.each([
    ['under its names', () => username],
    ['under its iotId', () => device.iotId],
  ])('answers a custom RRPC whose topic names no device, %s', async (_, nameOf) => {
    const asked = '/ext/rrpc/8911/charging/cmd';
    const answer = parts.answers.expect(answerTopic(asked, device), 60_000);
    const reply = await post(published({ topic: asked, username: nameOf(), payload: 'b2s=' }));
    expect(reply).toMatchObject({ status: 200, outcome: 'success' });
    expect(Buffer.from((await answer) ?? []).toString()).toBe('ok');
  });

  test.each([
    ['another device of the product', { username: 'dev_002&pk' }, 'topic-refused'],
    ['no topic of a device', { topic: '/broadcast/pk/x' }, 'topic-refused'],
    ['an unknown device', { topic: '/sys/pk/dn/thing/event/property/post' }, 'unknown-device'],
    ['a topic that leads to the device', { suffix: 'thing/service/property/set' }, 'topic-refused'],
  ])(
    'of %s is refused for good',
    async (_, { suffix, ...changes }: Record<string, string>, kind) => {
      const own = suffix && { topic: `/sys/${device.productKey}/${device.deviceName}/${suffix}` };
      const reply = await post(published({ ...changes, ...own }));
      expect(reply).toMatchObject({ status: 200, body: { result: 'refused' }, outcome: kind });
      expect(await drainBus(parts.bus)).toEqual([]);
    },
  );

  test('of a disabled device is refused', async () => {
    await disableDevice(device, parts);
    expect(await post(published())).toMatchObject({ outcome: 'device-disabled' });
  });

  test('is taken however many come at once: the broker has acknowledged them', async () => {
    for (let count = 0; count < 100; count += 1) {
      expect(await post(published())).toMatchObject({ outcome: 'success' });
    }
  });

  test('that the bus does not take is answered with 503, and no reply is sent', async () => {
    const publish = () => Promise.reject(new Error('the disk is full'));
    handler = createHandler(uplinkParts({ bus: { publish } }));
    expect(await post(published())).toMatchObject({ status: 503, outcome: 'fault' });
    expect(parts.downlink.published).toEqual([]);
  });

  test('is taken although its reply cannot be sent', async () => {
    const publish = () => Promise.reject(new Error('the broker is away'));
    handler = createHandler(uplinkParts({ downlink: { publish } }));
    expect(await post(published())).toMatchObject({ status: 200, outcome: 'success' });
    expect(parts.log.lines).toMatchObject([{ level: 'error' }]);
  });
});

describe('a connection', () => {
  test('that begins and ends tells the bus so', async () => {
    await post(connection('client.connected'));
    await post(connection('client.disconnected', { peername: '[2001:db8::7]:51234' }));
    const messages = await drainBus(parts.bus);
    expect(messages.map(jsonBodyOf)).toMatchObject([
      { status: 'online', utcTime: '2023-11-14T22:13:20.000Z', clientIp: '203.0.113.7' },
      { status: 'offline', utcTime: '2023-11-14T22:13:21.000Z', clientIp: '2001:db8::7' },
    ]);
    expect(messages[0]).toMatchObject({
      kind: 'status',
      topic: `/as/mqtt/status/${device.productKey}/${device.deviceName}`,
    });
  });

  test('under an iotId is that of its device', async () => {
    await post(connection('client.connected', { username: device.iotId }));
    expect(await drainBus(parts.bus)).toMatchObject([{ deviceName: device.deviceName }]);
  });

  test.each([{ reason: 'takenover' }, { reason: 'discarded' }])(
    'whose client id came again ($reason) is no end',
    async (changes) => {
      const reply = await post(connection('client.disconnected', changes));
      expect(reply).toMatchObject({ status: 200, outcome: 'connection-replaced' });
      expect(await drainBus(parts.bus)).toEqual([]);
    },
  );

  test('that another client of the device replaced is no end, and that of the newest is', async () => {
    const newest = { clientId: 'newer', connectedAtMs: 1 };
    await parts.store.table('mqtt_connections').insert({ partition: device.iotId }, newest);
    expect(await post(connection('client.disconnected'))).toMatchObject({
      outcome: 'connection-replaced',
    });
    await post(connection('client.disconnected', { clientid: 'newer' }));
    expect(await drainBus(parts.bus)).toHaveLength(1);
  });

  test('of an unknown device is refused', async () => {
    const reply = await post(connection('client.connected', { username: 'nobody' }));
    expect(reply).toMatchObject({ status: 200, outcome: 'unknown-device' });
  });

  test.each([['x'.repeat(600)], ['a\0b'], ['']])(
    'under a username that no table can hold is refused for good',
    async (unheard) => {
      const reply = await post(connection('client.connected', { username: unheard }));
      expect(reply).toMatchObject({ status: 200, outcome: 'malformed-request' });
    },
  );
});

describe('a request', () => {
  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['an unknown event', { event: 'session.subscribed' }],
    ['a message without a username', { event: 'message.publish', topic: '/a/b', payload: '' }],
    ['a payload in the clear', published({ payload: '{"id":1}' })],
    ['no topic', published({ topic: null })],
    ['a connection without a time', connection('client.connected', { connected_at: null })],
    ['a connection without a client id', connection('client.connected', { clientid: null })],
  ])('with %s is answered with 400', async (_, body) => {
    expect(await post(body)).toMatchObject({ status: 400, outcome: 'malformed-request' });
    expect(parts.log.lines).toHaveLength(1);
  });

  test('with a wrong token is answered with 401 and read no further', async () => {
    const reply = await post(published(), { 'x-mooring-hook-token': `${TOKEN}x` });
    expect(reply).toMatchObject({ status: 401, outcome: 'token-forged' });
    expect(await drainBus(parts.bus)).toEqual([]);
  });

  test('is answered with 403 where no token is configured', async () => {
    handler = createHandler(uplinkParts({ hookToken: undefined }));
    expect(await post(published())).toMatchObject({ status: 403 });
    expect(await drainBus(parts.bus)).toEqual([]);
  });

  test('that is no POST is answered with 405', async () => {
    const headers = { 'x-mooring-hook-token': TOKEN };
    expect(await handler({ ...EMPTY_REQUEST, headers })).toMatchObject({ status: 405 });
  });
});
