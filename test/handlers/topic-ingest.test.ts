import { beforeEach, describe, expect, test } from 'vitest';
import type { NewProduct } from '../../shared/core/products/products.ts';
import type { Message } from '../../shared/model/message.ts';
import { codeOf } from '../support/device-http.ts';
import { drainBus, jsonBodyOf } from '../support/drain-bus.ts';
import { START_MS } from '../support/test-clock.ts';
import { openTopicIngest, type TestIngest } from '../support/topic-ingest.ts';

const PROPERTY_POST = 'thing/event/property/post';
const MEASURED_MS = START_MS - 500;

let ingest: TestIngest;

beforeEach(async () => {
  ingest = await openTopicIngest();
});

const alink = (params: unknown) => ({ id: '17', version: '1.0', params });
const openWith = async (product: Partial<NewProduct>) => {
  ingest = await openTopicIngest(product);
};

/** Posts to a topic under `/sys`, and gives the code, the message of the reply and what was published. */
async function postSys(suffix: string, body: unknown) {
  const reply = await ingest.post(ingest.sys(suffix), body);
  const { code, message } = JSON.parse(reply.body);
  return { code, message, published: await drainBus(ingest.parts.bus) };
}

function onlyOf(published: readonly Message[]): Message {
  const [message, ...more] = published;
  if (!message || more.length > 0) throw new Error(`${published.length} messages, not one`);
  return message;
}

describe('a message', () => {
  test('is answered with its id, which is that of the published one, as digits', async () => {
    const { body, ...reply } = await ingest.post(
      ingest.sys(PROPERTY_POST),
      alink({ LightSwitch: 1 }),
    );
    expect(reply).toEqual({ status: 200, contentType: 'application/json', outcome: 'success' });
    const { messageId } = onlyOf(await drainBus(ingest.parts.bus));
    expect(messageId).toMatch(/^\d{18,19}$/);
    expect(body).toBe(`{"code":0,"message":"success","info":{"messageId":${messageId}}}`);
  });

  test('is published with its device, time and transport', async () => {
    const { published } = await postSys(PROPERTY_POST, alink({ LightSwitch: 1 }));
    const { productKey, deviceName, iotId } = ingest.device;
    expect(onlyOf(published)).toMatchObject({
      productKey,
      deviceName,
      iotId,
      generateTimeMs: START_MS,
      transport: 'http',
    });
  });

  test('leaves no line in the log', async () => {
    await postSys(PROPERTY_POST, alink({ LightSwitch: 1 }));
    expect(ingest.parts.log.lines).toEqual([]);
  });
});

describe('a property post', () => {
  test('comes out in the routed form, with times where the device gave none', async () => {
    const params = { temperature: { value: 21.5, time: MEASURED_MS }, LightSwitch: 1 };
    const { code, published } = await postSys(PROPERTY_POST, alink(params));
    const { productKey, deviceName, iotId } = ingest.device;
    const message = onlyOf(published);
    expect(code).toBe(0);
    expect(message).toMatchObject({
      kind: 'property',
      topic: `/${productKey}/${deviceName}/thing/event/property/post`,
    });
    expect(jsonBodyOf(message)).toEqual({
      deviceType: 'CustomCategory',
      iotId,
      requestId: '17',
      checkFailedData: {},
      productKey,
      gmtCreate: START_MS,
      deviceName,
      items: {
        temperature: { value: 21.5, time: MEASURED_MS },
        LightSwitch: { value: 1, time: START_MS },
      },
    });
  });

  const mixed = { temperature: 126, LightSwitch: 1, humidity: { value: 40, time: MEASURED_MS } };

  test('under weak validation passes its good values and lists the others', async () => {
    const { code, published } = await postSys(PROPERTY_POST, alink(mixed));
    expect(code).toBe(0);
    expect(jsonBodyOf(onlyOf(published))).toMatchObject({
      items: { LightSwitch: { value: 1, time: START_MS } },
      checkFailedData: {
        temperature: {
          value: 126,
          time: START_MS,
          code: 6307,
          message: 'tsl parse: float specs error -> temperature',
        },
        humidity: {
          value: 40,
          time: MEASURED_MS,
          code: 6304,
          message: 'tsl parse: params not exist -> humidity',
        },
      },
    });
  });

  test('under weak validation passes when none of its values is good', async () => {
    const { code, published } = await postSys(PROPERTY_POST, alink({ humidity: 40 }));
    expect(code).toBe(0);
    expect(jsonBodyOf(onlyOf(published))).toMatchObject({
      items: {},
      checkFailedData: { humidity: { code: 6304 } },
    });
  });

  test('under strong validation is refused as a whole, with the code of its first fault', async () => {
    await openWith({ validation: 'strong' });
    expect(await postSys(PROPERTY_POST, alink(mixed))).toEqual({
      code: 10001,
      message: 'param error: 6307 tsl parse: float specs error -> temperature',
      published: [],
    });
    expect(ingest.parts.log.lines).toMatchObject([
      { level: 'warn', fields: { refused: { kind: 'tsl-violation', code: 6307 } } },
    ]);
  });

  test('under strong validation passes when all of it is good', async () => {
    await openWith({ validation: 'strong' });
    const { code, published } = await postSys(PROPERTY_POST, alink({ temperature: 125 }));
    expect(code).toBe(0);
    expect(jsonBodyOf(onlyOf(published))).toMatchObject({ checkFailedData: {} });
  });

  test('without validation passes as it is', async () => {
    await openWith({ validation: 'none' });
    const { code, published } = await postSys(PROPERTY_POST, alink(mixed));
    expect(code).toBe(0);
    expect(jsonBodyOf(onlyOf(published))).toMatchObject({
      items: {
        temperature: { value: 126, time: START_MS },
        LightSwitch: { value: 1, time: START_MS },
        humidity: { value: 40, time: MEASURED_MS },
      },
      checkFailedData: {},
    });
  });
});

describe('an event post', () => {
  const OVERHEAT_POST = 'thing/event/Overheat/post';

  test.each([
    ['in a wrapper', { value: { level: 2 }, time: MEASURED_MS }, MEASURED_MS],
    ['bare, as one SDK sends it', { level: 2 }, START_MS],
  ])('comes out in the routed form: %s', async (_, params, time) => {
    const { code, published } = await postSys(OVERHEAT_POST, alink(params));
    const { productKey, deviceName, iotId } = ingest.device;
    const message = onlyOf(published);
    expect(code).toBe(0);
    expect(message).toMatchObject({
      kind: 'event',
      topic: `/${productKey}/${deviceName}/thing/event/Overheat/post`,
    });
    expect(jsonBodyOf(message)).toEqual({
      identifier: 'Overheat',
      name: 'Too hot',
      type: 'alert',
      iotId,
      requestId: '17',
      productKey,
      deviceName,
      gmtCreate: START_MS,
      value: { level: 2 },
      time,
      checkFailedData: {},
    });
  });

  test('under weak validation lists the outputs that fail', async () => {
    const { code, published } = await postSys(OVERHEAT_POST, alink({ value: { level: 3 } }));
    expect(code).toBe(0);
    expect(jsonBodyOf(onlyOf(published))).toMatchObject({
      value: {},
      checkFailedData: {
        level: { value: 3, code: 6309, message: 'tsl parse: enum specs error -> level' },
      },
    });
  });

  test('under strong validation is refused with an output that fails', async () => {
    await openWith({ validation: 'strong' });
    expect(await postSys(OVERHEAT_POST, alink({ value: { level: 3 } }))).toEqual({
      code: 10001,
      message: 'param error: 6309 tsl parse: enum specs error -> level',
      published: [],
    });
  });

  test('under weak validation passes where there is no such event, as a whole that failed', async () => {
    const { code, published } = await postSys(
      'thing/event/Nothing/post',
      alink({ value: { a: 1 } }),
    );
    expect(code).toBe(0);
    expect(jsonBodyOf(onlyOf(published))).toMatchObject({
      identifier: 'Nothing',
      value: {},
      checkFailedData: { Nothing: { value: { a: 1 }, code: 6300 } },
    });
  });

  test('under strong validation is refused where there is no such event', async () => {
    await openWith({ validation: 'strong' });
    expect(await postSys('thing/event/Nothing/post', alink({ value: {} }))).toEqual({
      code: 10001,
      message: 'param error: 6300 tsl parse: method not exist -> Nothing',
      published: [],
    });
  });

  test('without validation passes whatever the event', async () => {
    await openWith({ validation: 'none' });
    const { code, published } = await postSys('thing/event/Nothing/post', alink({ a: 1 }));
    expect(code).toBe(0);
    expect(jsonBodyOf(onlyOf(published))).toMatchObject({
      identifier: 'Nothing',
      value: { a: 1 },
    });
  });
});

test('device information, which the C SDK posts after its sign-in, becomes tags', async () => {
  const tags = [{ attrKey: 'SYS_SDK_LANGUAGE', attrValue: 'C', domain: 'SYSTEM' }];
  const { code, published } = await postSys('thing/deviceinfo/update', alink(tags));
  expect(code).toBe(0);
  expect(onlyOf(published)).toMatchObject({ kind: 'tags', transport: 'http' });
});

test('its version, which the C SDK reports after its sign-in, is told of once', async () => {
  const { productKey, deviceName } = ingest.device;
  const topic = `/ota/device/inform/${productKey}/${deviceName}`;
  const body = { id: 1, params: { version: 'app-1.0.0' } };
  for (const _ of [1, 2]) expect(codeOf(await ingest.post(topic, body))).toBe(0);
  const published = await drainBus(ingest.parts.bus);
  expect(onlyOf(published)).toMatchObject({ kind: 'ota_version', transport: 'http' });
});

describe('a body that no thing model describes', () => {
  test.each([
    ['thing/model/up_raw', Buffer.from([0, 255, 1, 254])],
    ['thing/model/down_raw_reply', Buffer.from([0, 255, 1, 254])],
    ['thing/status/update', alink({ _sys_device_mid: 'm', _sys_device_pid: 'p' })],
    ['thing/log/post', alink([{ logLevel: 'ERROR', module: 'ota' }])],
  ])('is published as sent from /sys: %s', async (suffix, body) => {
    const { code, published } = await postSys(suffix, body);
    expect(code).toBe(0);
    expectAsSent(published, ingest.sys(suffix), body);
  });

  test.each([
    ['JSON', { a: 1 }],
    ['raw bytes', Buffer.from([0, 255, 1, 254])],
    ['nothing', Buffer.alloc(0)],
    ['128 KB', Buffer.alloc(128 * 1024, 7)],
  ])('is published as sent from a custom topic: %s', async (_, body) => {
    const { productKey, deviceName } = ingest.device;
    const topic = `/${productKey}/${deviceName}/user/update`;
    expect(codeOf(await ingest.post(topic, body))).toBe(0);
    expectAsSent(await drainBus(ingest.parts.bus), topic, body);
  });
});

function expectAsSent(published: readonly Message[], topic: string, body: unknown): void {
  const message = onlyOf(published);
  expect(message).toMatchObject({ kind: 'uplink', topic });
  const sent = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  expect(Buffer.from(message.body).equals(sent)).toBe(true);
}
