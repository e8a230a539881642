import { beforeEach, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/shadow-updater/handler.ts';
import { createOwnShadows } from '../../shared/core/shadow/own-shadows.ts';
import type { Message } from '../../shared/model/message.ts';
import type { BatchHandler } from '../../shared/ports/message-bus.ts';
import { interceptStore } from '../support/intercepted-store.ts';
import { createMemoryParts, type MemoryParts } from '../support/memory-parts.ts';
import { reportOf, SHADOW_DEVICE, shadowMessage } from '../support/shadow-messages.ts';
import { START_MS } from '../support/test-clock.ts';

const NOW_S = START_MS / 1000;

let parts: MemoryParts;
let update: BatchHandler;

beforeEach(() => {
  parts = createMemoryParts();
  parts.downlink.connected.add('a1TestProd01/dev_001');
  update = createHandler(parts);
});

const shadow = async (iotId = SHADOW_DEVICE.iotId) =>
  (await parts.store.table('shadows').read({ partition: iotId }))?.value;

const sent = () =>
  parts.downlink.published.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()));

const success = (version: number) => ({
  method: 'reply',
  payload: { status: 'success', version },
  timestamp: NOW_S,
});

const refusal = (code: number, message = expect.any(String)) => ({
  method: 'reply',
  payload: { status: 'error', content: { errorcode: String(code), errormessage: message } },
  timestamp: NOW_S,
});

describe('a request', () => {
  test('to update is carried out and answered on the topic of the device', async () => {
    expect(
      await update([shadowMessage(reportOf({ color: 'blue' }, 4), { messageId: '1' })]),
    ).toEqual([]);
    expect(await shadow()).toMatchObject({ reported: { color: 'blue' }, version: 4 });
    expect(sent()).toEqual([success(4)]);
    expect(parts.downlink.published).toMatchObject([
      { topic: '/shadow/get/a1TestProd01/dev_001', deviceName: 'dev_001', qos: 1 },
    ]);
  });

  test('to get is answered with state, metadata and version', async () => {
    const desired = { method: 'update', state: { desired: { color: 'red' } }, version: 5 };
    await update([
      shadowMessage(reportOf({ color: 'blue' }, 4), { messageId: '1', transport: 'http' }),
      shadowMessage(desired, { messageId: '2', transport: 'http' }),
      shadowMessage({ method: 'get' }, { messageId: '3' }),
    ]);
    expect(sent()).toEqual([
      {
        method: 'reply',
        payload: {
          status: 'success',
          state: { reported: { color: 'blue' }, desired: { color: 'red' } },
          metadata: {
            reported: { color: { timestamp: NOW_S } },
            desired: { color: { timestamp: NOW_S } },
          },
        },
        version: 5,
        timestamp: NOW_S,
      },
    ]);
  });

  test('to get is told 407 where there is no shadow, or none any more', async () => {
    await update([shadowMessage({ method: 'get' }, { messageId: '1' })]);
    await update([
      shadowMessage(reportOf({ a: 1 }, 4), { messageId: '2' }),
      shadowMessage(reportOf('null', -1), { messageId: '3' }),
      shadowMessage({ method: 'get' }, { messageId: '4' }),
    ]);
    expect(sent()).toEqual([refusal(407), success(4), success(0), refusal(407)]);
  });

  test('to get is told the version also of a shadow whose last key is gone', async () => {
    await update([
      shadowMessage(reportOf({ a: 1 }, 4), { messageId: '1' }),
      shadowMessage(reportOf('null', 5), { messageId: '2' }),
      shadowMessage({ method: 'get' }, { messageId: '3' }),
    ]);
    expect(sent()[2]).toMatchObject({ payload: { status: 'success', state: {} }, version: 5 });
  });

  test('that desires something is answered, and the device ordered to obey it', async () => {
    const desired = { method: 'update', state: { desired: { color: 'red' } }, version: 2 };
    await update([
      shadowMessage(reportOf({ color: 'blue' }, 1), { messageId: '1' }),
      shadowMessage(desired, { messageId: '2' }),
      shadowMessage({ ...desired, state: { desired: 'null' }, version: 3 }, { messageId: '3' }),
      shadowMessage({ ...desired, method: 'delete', version: 4 }, { messageId: '4' }),
    ]);
    expect(sent()).toEqual([
      success(1),
      success(2),
      {
        method: 'control',
        payload: {
          status: 'success',
          state: { reported: { color: 'blue' }, desired: { color: 'red' } },
          metadata: {
            reported: { color: { timestamp: NOW_S } },
            desired: { color: { timestamp: NOW_S } },
          },
        },
        version: 2,
        timestamp: NOW_S,
      },
      success(3),
      success(4),
    ]);
  });

  test('has its client token in the answer, whatever that is', async () => {
    const clientToken = 'a1TestProd01.dev_001-3';
    await update([
      shadowMessage({ method: 'get', clientToken }, { messageId: '1' }),
      shadowMessage({ ...reportOf({ a: 1 }, 1), clientToken }, { messageId: '2' }),
      shadowMessage({ ...reportOf({ a: 1 }, 1), clientToken }, { messageId: '3' }),
    ]);
    expect(sent()).toMatchObject([{ clientToken }, { clientToken }, { clientToken }]);
  });

  test('that is refused is done, and told the reason', async () => {
    const messages = [
      shadowMessage(reportOf({ a: 1 }, 7), { messageId: '1' }),
      shadowMessage(reportOf({ a: 2 }, 7), { messageId: '2' }),
      shadowMessage(Buffer.from('{"method":'), { messageId: '3' }),
    ];
    expect(await update(messages)).toEqual([]);
    expect(await shadow()).toMatchObject({ reported: { a: 1 }, version: 7 });
    expect(sent()).toEqual([
      success(7),
      refusal(409, 'shadow version conflict: the stored one is 7'),
      refusal(400),
    ]);
  });

  test('over HTTP is carried out without an answer', async () => {
    const message = shadowMessage(reportOf({ a: 1 }, 7), { messageId: '1', transport: 'http' });
    expect(await update([message])).toEqual([]);
    expect(await shadow()).toMatchObject({ version: 7 });
    expect(sent()).toEqual([]);
  });

  test('of a device that is away is carried out, and its answer is not kept', async () => {
    parts.downlink.connected.clear();
    expect(await update([shadowMessage(reportOf({ a: 1 }, 7), { messageId: '1' })])).toEqual([]);
    expect(await shadow()).toMatchObject({ version: 7 });
    expect(sent()).toEqual([]);
  });

  test.each<[string, Partial<Message>]>([
    ['of another kind', { kind: 'property' }],
    ['of a custom topic', { topic: '/a1TestProd01/dev_001/user/shadow/update' }],
    ['of another device', { topic: '/shadow/update/a1TestProd01/dev_002' }],
  ])('is none where the message is one %s', async (_, changes) => {
    const message = shadowMessage(reportOf({ a: 1 }, 7), { messageId: '1', ...changes });
    expect(await update([message])).toEqual([]);
    expect(await shadow()).toBeUndefined();
    expect(sent()).toEqual([]);
  });
});

test('a refused request is in the log with its device', async () => {
  const twice = ['1', '2'].map((messageId) => shadowMessage(reportOf({ a: 1 }, 1), { messageId }));
  await update(twice);
  const { productKey, deviceName } = SHADOW_DEVICE;
  expect(parts.log.lines).toMatchObject([
    { message: 'shadow request refused', fields: { device: `${productKey}/${deviceName}` } },
  ]);
});

describe('a batch', () => {
  test('keeps the order of a device, and keeps devices apart', async () => {
    const other = { deviceName: 'dev_002', iotId: 'iot-2' };
    await update([
      shadowMessage(reportOf({ a: 1 }, 1), { messageId: '1' }),
      shadowMessage(reportOf({ a: 1 }, 9), { messageId: '2', ...other }),
      shadowMessage(reportOf({ a: 'null', b: 2 }, 2), { messageId: '3' }),
    ]);
    expect(await shadow()).toMatchObject({ reported: { b: 2 }, version: 2 });
    expect(await shadow('iot-2')).toMatchObject({ reported: { a: 1 }, version: 9 });
  });

  test('that comes again changes nothing, and is answered as the first time', async () => {
    const batch = [
      shadowMessage(reportOf({ a: 1 }, 1), { messageId: '1' }),
      shadowMessage(reportOf({ b: 1 }, 2), { messageId: '2' }),
    ];
    await update(batch);
    const before = await shadow();
    expect(await update(batch)).toEqual([]);
    expect(await shadow()).toEqual(before);
    expect(sent()).toEqual([success(1), success(2), success(1), success(2)]);
  });

  test('costs one write a device', async () => {
    const steps: string[] = [];
    const store = interceptStore(parts.store, ({ verb }) => void steps.push(verb));
    update = createHandler({ ...parts, shadows: createOwnShadows({ store }) });
    const batch = [1, 2, 3].map((n) => shadowMessage(reportOf({ a: n }, n), { messageId: `${n}` }));
    await update(batch);
    expect(steps).toEqual(['read', 'insert']);
  });

  test('of more than 20 requests within a second is told 429 for the others, by when they came', async () => {
    const request = (n: number, generateTimeMs: number) =>
      shadowMessage(reportOf({ a: n }, n), { messageId: `${n}`, generateTimeMs });
    const burst = Array.from({ length: 21 }, (_, n) => request(n + 1, START_MS));
    await update([...burst, request(22, START_MS + 1000)]);
    expect(sent()).toEqual([
      ...Array.from({ length: 20 }, (_, n) => success(n + 1)),
      refusal(429),
      success(22),
    ]);
  });
});

describe('a fault', () => {
  const requests = [
    shadowMessage(reportOf({ a: 1 }, 1), { messageId: '1' }),
    shadowMessage(reportOf({ a: 1 }, 1), { messageId: '2', deviceName: 'dev_002', iotId: 'iot-2' }),
  ];

  test('of the store gives back the requests of the device that it hit', async () => {
    const store = interceptStore(parts.store, ({ key }) => {
      if (key.partition === 'iot-2') throw new Error('disk');
    });
    update = createHandler({ ...parts, shadows: createOwnShadows({ store }) });
    expect(await update(requests)).toEqual([{ messageId: '2', reason: 'Error: disk' }]);
    expect(await shadow()).toMatchObject({ version: 1 });
    expect(sent()).toEqual([success(1)]);
  });

  test('does not have requests that come again counted again', async () => {
    const broken = new Set(['read']);
    const store = interceptStore(parts.store, ({ verb }) => {
      if (broken.delete(verb)) throw new Error('disk');
    });
    update = createHandler({ ...parts, shadows: createOwnShadows({ store }) });
    const burst = Array.from({ length: 15 }, (_, n) =>
      shadowMessage(reportOf({ a: n }, n + 1), { messageId: `${n}` }),
    );
    expect(await update(burst)).toHaveLength(15);
    expect(await update(burst)).toEqual([]);
    expect(sent()).toEqual(burst.map((_, n) => success(n + 1)));
  });

  test('behind some requests gives back the others, and answers those', async () => {
    const states = [{ ok: true, value: { version: 1 } } as const];
    update = createHandler({ ...parts, shadows: { perform: async () => states } });
    const failed = await update([
      shadowMessage(reportOf({ a: 1 }, 1), { messageId: '1' }),
      shadowMessage(reportOf({ a: 2 }, 2), { messageId: '2' }),
      shadowMessage({}, { messageId: '3' }),
    ]);
    expect(failed).toEqual([{ messageId: '2', reason: expect.any(String) }]);
    expect(sent()).toEqual([success(1), refusal(407)]);
  });

  test('of the way down gives back what changed nothing, and no change', async () => {
    const downlink = { publish: () => Promise.reject(new Error('no broker')) };
    update = createHandler({ ...parts, downlink });
    const failed = await update([
      shadowMessage(reportOf({ a: 1 }, 1), { messageId: '1' }),
      shadowMessage({ method: 'get' }, { messageId: '2' }),
      shadowMessage(reportOf({ a: 1 }, 1), { messageId: '3' }),
    ]);
    expect(failed).toEqual([
      { messageId: '2', reason: 'Error: no broker' },
      { messageId: '3', reason: 'Error: no broker' },
    ]);
    expect(await shadow()).toMatchObject({ version: 1 });
  });
});
