import { describe, expect, test } from 'vitest';
import type { Message } from '../../../../shared/model/message.ts';
import type { BatchHandler } from '../../../../shared/ports/message-bus.ts';
import { decodeBatchAnswer, encodeBusEvent } from '../../../../shared/runtime/bus-event.ts';
import { busFunction } from '../../../../shared/runtime/bus-function.ts';

const message: Message = {
  messageId: '892687627916247999',
  kind: 'property',
  topic: '/a1TestProd01/dev_001/thing/event/property/post',
  productKey: 'a1TestProd01',
  deviceName: 'dev_001',
  iotId: 'iot-1',
  generateTimeMs: 1_700_000_000_000,
  transport: 'http',
  body: Buffer.from([0, 1, 254, 255]),
};

const recordInto =
  (batches: Message[][], failed: Awaited<ReturnType<BatchHandler>> = []) =>
  (): BatchHandler =>
  async (batch) => {
    batches.push([...batch]);
    return failed;
  };

describe('events', () => {
  const event = encodeBusEvent([message]);
  for (const [form, sent] of [
    ['an object', event],
    ['text', JSON.stringify(event)],
    ['bytes', Buffer.from(JSON.stringify(event))],
  ] as const) {
    test(`a batch that comes as ${form} reaches the handler as it was published`, async () => {
      const batches: Message[][] = [];
      const answer = await busFunction(recordInto(batches))(sent);
      expect(answer).toEqual({ batchItemFailures: [] });
      expect(batches).toEqual([[message]]);
    });
  }

  test('the items that failed are named with the reason, and the pump reads them back', async () => {
    const failed = [{ messageId: message.messageId, reason: 'disk full' }];
    const answer = await busFunction(recordInto([], failed))(event);
    expect(answer).toEqual({
      batchItemFailures: [{ itemIdentifier: message.messageId, reason: 'disk full' }],
    });
    expect(decodeBatchAnswer(answer)).toEqual(failed);
  });

  test('a handler that rejects fails the call', async () => {
    const handle = busFunction(() => () => Promise.reject(new Error('broken store')));
    await expect(handle(event)).rejects.toThrow('broken store');
  });

  for (const wrong of [
    undefined,
    null,
    {},
    { ...event, source: 'aws:sqs' },
    { source: 'mooring:bus' },
  ]) {
    test(`refuses ${JSON.stringify(wrong)?.slice(0, 40)}, which is no bus event`, async () => {
      await expect(busFunction(recordInto([]))(wrong)).rejects.toThrow(
        'expected {"source": "mooring:bus", "messages": [...]}',
      );
    });
  }

  for (const [change, problem] of [
    [{ messageId: 892687627916247 }, 'messages[1].messageId is not a string'],
    [{ kind: 'shadow' }, 'messages[1].kind is not one of property, event, uplink'],
    [{ transport: 'coap' }, 'messages[1].transport is not one of http, mqtt, api'],
    [{ generateTimeMs: '1' }, 'messages[1].generateTimeMs is not a time in milliseconds'],
    [{ body: null }, 'messages[1].body is not a string'],
  ] as const) {
    test(`refuses a batch where ${problem}, and hands nothing over`, async () => {
      const [sent] = event.messages;
      const batches: Message[][] = [];
      const wrong = { ...event, messages: [sent, { ...sent, ...change }] };
      await expect(busFunction(recordInto(batches))(wrong)).rejects.toThrow(problem);
      expect(batches).toEqual([]);
    });
  }
});

describe('answers', () => {
  for (const wrong of [undefined, null, 'ok', {}, { batchItemFailures: [{ reason: 'x' }] }]) {
    test(`${JSON.stringify(wrong)} is not taken for success`, () => {
      expect(() => decodeBatchAnswer(wrong)).toThrow(/batchItemFailures/);
    });
  }
});
