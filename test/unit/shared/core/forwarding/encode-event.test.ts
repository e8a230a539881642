import { describe, expect, test } from 'vitest';
import { encodeCall } from '../../../../../shared/core/forwarding/encode-event.ts';
import { readAnswer } from '../../../../../shared/core/forwarding/read-answer.ts';
import { deviceOfTopic } from '../../../../../shared/core/forwarding/topic-device.ts';

const MESSAGE = {
  messageId: '1',
  topic: '/pk/dev/user/update',
  generateTimeMs: null,
  body: Buffer.from('{"a":"ä"}'),
  isDuplicate: false,
};

describe('an event', () => {
  test('has bodies as text where they are UTF-8, else in base64', () => {
    const bytes = {
      ...MESSAGE,
      messageId: '2',
      body: Buffer.from([0xff, 0x00]),
      isDuplicate: true,
    };
    const { event, contentType } = encodeCall({ payload: 'batch' }, [MESSAGE, bytes]);
    expect(contentType).toBe('application/json');
    expect(JSON.parse(Buffer.from(event).toString())).toEqual({
      source: 'mooring:amqp',
      messages: [
        {
          messageId: '1',
          topic: '/pk/dev/user/update',
          generateTimeMs: null,
          productKey: 'pk',
          deviceName: 'dev',
          body: '{"a":"ä"}',
          isBase64Encoded: false,
          isDuplicate: false,
        },
        expect.objectContaining({ body: '/wA=', isBase64Encoded: true, isDuplicate: true }),
      ],
    });
  });

  test('is the body alone where the rule says so', () => {
    expect(encodeCall({ payload: 'body' }, [MESSAGE])).toEqual({
      event: MESSAGE.body,
      contentType: 'application/octet-stream',
    });
  });
});

describe('the device of a topic', () => {
  test.each([
    ['/pk/dev/thing/event/property/post', 'pk', 'dev'],
    ['/pk/dev/thing/event/property/history/post', 'pk', 'dev'],
    ['/as/mqtt/status/pk/dev', 'pk', 'dev'],
    ['/sys/pk/dev/thing/model/up_raw', 'pk', 'dev'],
    ['/ota/device/inform/pk/dev', 'pk', 'dev'],
    ['/shadow/update/pk/dev', 'pk', 'dev'],
    ['/pk/dev/user/update', 'pk', 'dev'],
    ['/broadcast/pk/all', 'pk', ''],
    ['/pk/pkg1/job1/ota/job/status', 'pk', ''],
    ['/as/mqtt/other', '', ''],
    ['news', '', ''],
    ['', '', ''],
  ])('%s', (topic, productKey, deviceName) => {
    expect(deviceOfTopic(topic)).toEqual({ productKey, deviceName });
  });
});

describe('an answer', () => {
  const messages = [{ messageId: 'a' }, { messageId: 'b' }];

  test.each([
    '',
    'ok',
    '{}',
    '{"batchItemFailures":[]}',
    '{"batchItemFailures":null}',
    'no batchItemFailures',
  ])('%s means that all is done', (answer) => {
    expect(readAnswer(answer, messages)).toBeUndefined();
  });

  test('names those that failed, with a reason or without', () => {
    const answer =
      '{"batchItemFailures":[{"itemIdentifier":"a","reason":"no disk"},{"itemIdentifier":"b"}]}';
    expect(readAnswer(answer, messages)).toEqual({
      of: 'items',
      reasons: new Map([
        ['a', 'no disk'],
        ['b', 'the function names it in batchItemFailures'],
      ]),
    });
  });

  test.each([
    ['{"batchItemFailures":"a"}', 'batchItemFailures is not a list'],
    [
      '{"batchItemFailures":[{"itemIdentifier":"c"}]}',
      'batchItemFailures names a message that was not in the batch',
    ],
    [
      '{"batchItemFailures":[{"itemIdentifier":""}]}',
      'batchItemFailures names a message that was not in the batch',
    ],
    ['{"batchItemFailures":[null]}', 'batchItemFailures names a message that was not in the batch'],
  ])('%s fails the whole batch', (answer, reason) => {
    expect(readAnswer(answer, messages)).toEqual({ of: 'all', reason });
  });
});
