import { beforeEach, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/thing-recorder/handler.ts';
import { statusMessage } from '../../shared/core/mqtt/status-message.ts';
import type { Message } from '../../shared/model/message.ts';
import type { TableRecords } from '../../shared/model/tables.ts';
import type { BatchHandler } from '../../shared/ports/message-bus.ts';
import type { Store } from '../../shared/ports/table.ts';
import { createMemoryParts, type MemoryParts } from '../support/memory-parts.ts';
import { eventMessage, propertyMessage, uplinkMessage } from '../support/report-messages.ts';
import { START_MS } from '../support/test-clock.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const IOT_ID = 'iot-1';

let parts: MemoryParts;
let record: BatchHandler;

beforeEach(() => {
  parts = createMemoryParts();
  record = createHandler(parts);
});

const at = (time: number, value: unknown) => ({ value, time });
const state = async (iotId = IOT_ID) =>
  (await parts.store.table('thing_state').read({ partition: iotId }))?.value;

async function rowsOf<Name extends 'property_history' | 'event_history'>(
  name: Name,
  iotId = IOT_ID,
): Promise<{ sort: string; value: TableRecords[Name] }[]> {
  const { records } = await parts.store.table(name).list(iotId, { limit: 100 });
  return records.map(({ sort, value }) => ({ sort, value }));
}

describe('the latest value of a property', () => {
  const early = propertyMessage({ temperature: at(1000, 20) }, { messageId: '11' });
  const late = propertyMessage({ temperature: at(2000, 21) }, { messageId: '10' });
  const latest = { temperature: { value: 21, time: 2000, messageId: '10', arrivedAtMs: START_MS } };

  test.each([
    ['in order in one batch', [[early, late]]],
    ['out of order in one batch', [[late, early]]],
    ['in order in two batches', [[early], [late]]],
    ['out of order in two batches', [[late], [early]]],
  ])('is the one with the greatest time: %s', async (_, batches) => {
    for (const batch of batches) expect(await record(batch)).toEqual([]);
    expect((await state())?.properties).toEqual(latest);
  });

  // As texts, 9 is greater than 10.
  const first = propertyMessage({ temperature: at(1000, 20) }, { messageId: '9' });
  const second = propertyMessage({ temperature: at(1000, 21) }, { messageId: '10' });
  test.each([
    ['in order', [first, second]],
    ['out of order', [second, first]],
  ])('is that of the later message where the times are equal: %s', async (_, batch) => {
    await record(batch);
    const expected = {
      temperature: { value: 21, time: 1000, messageId: '10', arrivedAtMs: START_MS },
    };
    expect((await state())?.properties).toEqual(expected);
  });

  test('stays where a message reports other properties', async () => {
    await record([early]);
    await record([propertyMessage({ LightSwitch: at(3000, 1) }, { messageId: '12' })]);
    expect((await state())?.properties).toEqual({
      temperature: { value: 20, time: 1000, messageId: '11', arrivedAtMs: START_MS },
      LightSwitch: { value: 1, time: 3000, messageId: '12', arrivedAtMs: START_MS },
    });
  });

  test('is kept for each device', async () => {
    const other = { messageId: '12', iotId: 'iot-2' };
    await record([early, propertyMessage({ temperature: at(1, 5) }, other), late]);
    expect((await state())?.properties).toEqual(latest);
    expect((await state('iot-2'))?.properties).toEqual({
      temperature: { value: 5, time: 1, messageId: '12', arrivedAtMs: START_MS },
    });
  });

  test.each(['constructor', 'toString', 'hasOwnProperty', '__proto__'])(
    'is kept and recorded for a property that is called %s',
    async (identifier) => {
      const items = JSON.parse(`{"${identifier}":{"value":{"a":1},"time":1000}}`);
      expect(await record([propertyMessage(items, { messageId: '1' })])).toEqual([]);
      const latest = Object.entries((await state())?.properties ?? {});
      expect(latest).toEqual([
        [identifier, { value: { a: 1 }, time: 1000, messageId: '1', arrivedAtMs: START_MS }],
      ]);
      const rows = (await rowsOf('property_history')).map(({ value }) => value.values);
      expect(rows.map(Object.entries)).toEqual([[[identifier, { a: 1 }]]]);
    },
  );
});

describe('the time of the last message', () => {
  test.each([
    ['a property', propertyMessage({ temperature: at(1, 1) }, { messageId: '1' })],
    ['an event', eventMessage({ value: {}, time: 1 }, { messageId: '1' })],
    ['a custom message', uplinkMessage(Buffer.from([0, 255]), { messageId: '1' })],
  ])('is when it came, whatever the device says: %s', async (_, message) => {
    expect(await record([message])).toEqual([]);
    expect(await state()).toMatchObject({ lastMessageAtMs: START_MS });
  });

  test('does not go back with a message that comes late', async () => {
    const message = (messageId: string, generateTimeMs: number) =>
      uplinkMessage(Buffer.from('x'), { messageId, generateTimeMs });
    await record([message('2', START_MS + 5), message('1', START_MS)]);
    await record([message('1', START_MS)]);
    expect(await state()).toEqual({ properties: {}, lastMessageAtMs: START_MS + 5 });
  });
});

describe('the presence of a device', () => {
  const device = { productKey: 'a1TestProd01', deviceName: 'dev_001', iotId: IOT_ID };
  const told = (status: 'online' | 'offline', atMs: number, messageId: string) =>
    statusMessage({
      device,
      status,
      atMs,
      lastAtMs: atMs,
      clientIp: '192.0.2.1',
      messageId,
      transport: 'mqtt',
    });
  const presence = async () =>
    (await parts.store.table('presence').read({ partition: IOT_ID }))?.value;
  const came = told('online', 1000, '1');
  const left = told('offline', 2000, '2');

  test.each([
    ['in order in one batch', [[came, left]]],
    ['out of order in one batch', [[left, came]]],
    ['out of order in two batches', [[left], [came]]],
    ['in order, and the first once more', [[came], [left], [came]]],
  ])('is what the latest status message says: %s', async (_, batches) => {
    for (const batch of batches) expect(await record(batch)).toEqual([]);
    expect(await presence()).toEqual({
      status: 'offline',
      changedAtMs: 2000,
      onlineAtMs: 1000,
      clientIp: '192.0.2.1',
      messageId: '2',
    });
  });

  test('is no data of the device', async () => {
    await record([came, left]);
    expect(await state()).toBeUndefined();
  });

  test('is recorded beside its data, and a status that cannot be read holds up neither', async () => {
    const broken = { ...left, messageId: '3', body: Buffer.from('{') };
    const property = propertyMessage({ temperature: at(1, 20) }, { messageId: '4' });
    const failed = await record([came, broken, property]);
    expect(failed.map(({ messageId }) => messageId)).toEqual(['3']);
    expect(await presence()).toMatchObject({ status: 'online' });
    expect((await state())?.properties).toHaveProperty('temperature');
  });

  test('is asked of MQTT alone: a message over it is no sign of life, its data is kept', async () => {
    const property = propertyMessage({ temperature: at(1, 20) }, { messageId: '4' });
    const custom = uplinkMessage(Buffer.from('x'), { messageId: '5' });
    await record([{ ...custom, transport: 'mqtt' }]);
    expect(await state()).toBeUndefined();
    await record([{ ...property, transport: 'mqtt' }]);
    expect(await state()).toMatchObject({ lastMessageAtMs: 0 });
    await record([{ ...property, messageId: '6' }]);
    expect(await state()).toMatchObject({ lastMessageAtMs: START_MS });
  });
});

describe('the history of properties', () => {
  test('has one row for each distinct time of a message', async () => {
    const items = { temperature: at(2000, 21), LightSwitch: at(2000, 1), humidity: at(1000, 40) };
    await record([propertyMessage(items, { messageId: '7' })]);
    expect(await rowsOf('property_history')).toEqual([
      {
        sort: '0000000001000-7',
        value: { messageId: '7', timeMs: 1000, values: { humidity: 40 } },
      },
      {
        sort: '0000000002000-7',
        value: { messageId: '7', timeMs: 2000, values: { temperature: 21, LightSwitch: 1 } },
      },
    ]);
  });

  test('has a row of each message though their times are equal', async () => {
    const messages = ['7', '8'].map((messageId) =>
      propertyMessage({ temperature: at(1000, 20) }, { messageId }),
    );
    await record(messages);
    const rows = (await rowsOf('property_history')).map(({ value }) => value.messageId);
    expect(rows).toEqual(['7', '8']);
  });

  test('has none of a message without good values', async () => {
    expect(await record([propertyMessage({}, { messageId: '7' })])).toEqual([]);
    expect(await rowsOf('property_history')).toEqual([]);
    expect(await state()).toEqual({ properties: {}, lastMessageAtMs: START_MS });
  });

  test('keeps a row for 30 days from its recording', async () => {
    await record([propertyMessage({ temperature: at(1000, 20) }, { messageId: '7' })]);
    parts.clock.advance(30 * DAY_MS - 1);
    expect(await rowsOf('property_history')).toHaveLength(1);
    parts.clock.advance(1);
    expect(await rowsOf('property_history')).toHaveLength(0);
  });
});

test('the history of events has a row of each, for 30 days', async () => {
  const event = { value: { level: 2 }, time: 1000 };
  await record([eventMessage(event, { messageId: '7' })]);
  expect(await rowsOf('event_history')).toEqual([
    {
      sort: '0000000001000-7',
      value: {
        messageId: '7',
        timeMs: 1000,
        identifier: 'Overheat',
        name: 'Too hot',
        type: 'alert',
        value: { level: 2 },
      },
    },
  ]);
  expect(await state()).toEqual({ properties: {}, lastMessageAtMs: START_MS });
  parts.clock.advance(30 * DAY_MS);
  expect(await rowsOf('event_history')).toEqual([]);
});

describe('a batch', () => {
  const batch = [
    propertyMessage({ temperature: at(1000, 20), LightSwitch: at(2000, 1) }, { messageId: '1' }),
    eventMessage({ value: { level: 2 }, time: 1500 }, { messageId: '2' }),
    propertyMessage({ temperature: at(3000, 21) }, { messageId: '3' }),
    uplinkMessage(Buffer.from('x'), { messageId: '4' }),
    propertyMessage({ temperature: at(1, 1) }, { messageId: '5', iotId: 'iot-2' }),
  ];
  const all = async () => ({
    state: await state(),
    properties: await rowsOf('property_history'),
    events: await rowsOf('event_history'),
  });

  test('that a clock running ahead dated far off does not hold the latest value for good', async () => {
    await record([propertyMessage({ temperature: at(9_999_999_999_999, 99) }, { messageId: '1' })]);
    const later = { messageId: '2', generateTimeMs: START_MS + 1 };
    await record([propertyMessage({ temperature: at(START_MS + 1, 20) }, later)]);
    expect((await state())?.properties).toMatchObject({ temperature: { value: 20 } });
  });

  test('that comes again, whole or in part, changes nothing', async () => {
    await record(batch);
    const once = await all();
    expect(once.properties).toHaveLength(3);
    expect(await record(batch)).toEqual([]);
    expect(await record([...batch.slice(1, 3)].reverse())).toEqual([]);
    expect(await all()).toEqual(once);
  });

  test('whose writes fail gives its messages back, the other devices’ excepted', async () => {
    const failing = createHandler({ ...parts, store: storeWithout(IOT_ID, parts.store) });
    const reason = 'Error: the disk is full';
    const failed = ['1', '2', '3', '4'].map((messageId) => ({ messageId, reason }));
    expect(await failing(batch)).toEqual(failed);
    expect(parts.log.lines).toEqual([
      {
        level: 'error',
        message: 'recording failed',
        fields: { error: new Error('the disk is full'), iotId: IOT_ID, messages: 4 },
      },
    ]);
    expect(await state('iot-2')).toMatchObject({ lastMessageAtMs: START_MS });
  });

  test('that failed half-way is whole after it comes again', async () => {
    await record(batch);
    const whole = await all();
    parts = createMemoryParts();
    await createHandler({ ...parts, store: storeWithout(IOT_ID, parts.store) })(batch);
    expect((await rowsOf('property_history')).length).toBeGreaterThan(0);
    expect(await createHandler(parts)(batch)).toEqual([]);
    expect(await all()).toEqual(whole);
  });

  test('keeps no row of an event without a good output', async () => {
    const failed = { Nothing: { value: { a: 1 }, time: START_MS, code: 6300, message: 'no' } };
    const nothing = eventMessage(
      { identifier: 'Nothing', value: {}, time: START_MS, checkFailedData: failed },
      { messageId: '1' },
    );
    expect(await record([nothing])).toEqual([]);
    expect(await rowsOf('event_history')).toEqual([]);
  });

  test('of nothing is done', async () => {
    expect(await record([])).toEqual([]);
  });

  test('with a message that cannot be read gives that one back and keeps the others', async () => {
    const broken: Message = { ...propertyMessage({}, { messageId: '9' }), body: Buffer.from('{') };
    const readable = propertyMessage({ temperature: at(START_MS, 21) }, { messageId: '10' });
    expect(await record([broken, readable])).toMatchObject([{ messageId: '9' }]);
    expect(parts.log.lines).toMatchObject([{ level: 'error', message: 'messages cannot be read' }]);
    expect((await state())?.properties).toMatchObject({ temperature: { messageId: '10' } });
  });
});

/** The store, but that the state of one device cannot be written. */
function storeWithout(iotId: string, store: Store): Store {
  return {
    ...store,
    table: (name) => {
      const table = store.table(name);
      if (name !== 'thing_state') return table;
      return {
        ...table,
        insert: async (key, value, options) => {
          if (key.partition === iotId) throw new Error('the disk is full');
          return table.insert(key, value, options);
        },
      };
    },
  };
}

test.each([
  'reply',
  'tags',
  'lifecycle',
  'topology',
  'found',
  'ota_version',
  'ota_result',
] as const)('a %s message is taken and recorded nowhere', async (kind) => {
  const message = { ...uplinkMessage(Buffer.from('{}'), { messageId: '1' }), kind };
  expect(await record([{ ...message, transport: 'mqtt' }])).toEqual([]);
  expect(await state()).toBeUndefined();
});

test('that a device was made for a request over HTTP is no sign of its life', async () => {
  const message = uplinkMessage(Buffer.from('{}'), { messageId: '1' });
  expect(await record([{ ...message, kind: 'lifecycle' }])).toEqual([]);
  expect(await state()).toBeUndefined();
});
