import { expect, test } from 'vitest';
import { decodeRmqEvent } from '../../../../shared/runtime/rmq-event.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

const messageOf = (headers: unknown, text: string) => ({
  basicProperties: { contentType: null, headers, deliveryMode: 2, bodySize: text.length },
  redelivered: false,
  data: base64(text),
});

const eventOf = (queues: unknown) => ({
  eventSource: 'aws:rmq',
  eventSourceArn: 'arn:aws:mq:eu-central-1:123456789012:broker:b:1',
  rmqMessagesByQueue: queues,
});

test('messages of all queues come out with the topic of their header', () => {
  const bytes = [...Buffer.from('/pk/dn/user/a')];
  const decoded = decodeRmqEvent(
    eventOf({
      'mooring.uplink::/': [messageOf({ 'x-mooring-topic': { bytes } }, 'one')],
      'other::/': [messageOf({ 'x-mooring-topic': '/pk/dn/user/b' }, 'two')],
    }),
  );
  expect(decoded?.map(({ topic, payload }) => `${topic} ${payload}`)).toEqual([
    '/pk/dn/user/a one',
    '/pk/dn/user/b two',
  ]);
});

test.each([[null], [{}], [{ 'x-mooring-topic': 7 }]])('headers %j give no topic', (headers) => {
  const decoded = decodeRmqEvent(eventOf({ 'q::/': [messageOf(headers, 'x')] }));
  expect(decoded).toMatchObject([{ topic: '' }]);
});

test.each([[undefined], ['text'], [{ version: '2.0' }], [{ eventSource: 'aws:sqs', Records: [] }]])(
  '%j is the event of another trigger',
  (event) => {
    expect(decodeRmqEvent(event)).toBeUndefined();
  },
);

test.each([[undefined], [{ 'q::/': [{ data: 1 }] }], [{ 'q::/': [null] }]])(
  'a batch of %j is a fault, so that it comes again',
  (queues) => {
    expect(() => decodeRmqEvent(eventOf(queues))).toThrow(TypeError);
  },
);
