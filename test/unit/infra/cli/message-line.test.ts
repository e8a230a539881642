import { expect, test } from 'vitest';
import { bodyText, messageLine } from '../../../../infra/cli/message-line.ts';
import type { Message } from '../../../../shared/model/message.ts';

const BODIES: readonly [what: string, body: string | Uint8Array, text: string][] = [
  ['JSON', '{"a":1}', '{"a":1}'],
  ['JSON with a 64-bit number', '{"a":12345678901234567890}', '{"a":12345678901234567890}'],
  ['JSON over several lines', '{\r\n\t"a": 1\n}', '{ "a": 1 }'],
  ['JSON with an escaped line break', '{"a":"x\\ny"}', '{"a":"x\\ny"}'],
  ['text', 'on 温度', 'on 温度'],
  ['text over several lines', 'a\nb', '610a62'],
  ['an escape sequence', '\u001b[2J', '1b5b324a'],
  ['a C1 control character', 'a\u009bb', '61c29b62'],
  ['an empty body', '', ''],
  ['bytes that are no UTF-8', new Uint8Array([0xff, 1]), 'ff01'],
  ['a part of a larger buffer', Buffer.from('xxabcxx').subarray(2, 5), 'abc'],
];

for (const [what, body, text] of BODIES) {
  test(`shows ${what}`, () => {
    expect(bodyText(typeof body === 'string' ? Buffer.from(body) : body)).toBe(text);
  });
}

const message: Message = {
  messageId: '911824743705107904',
  kind: 'uplink',
  topic: '/a1TestProd01/dev_001/user/update',
  productKey: 'a1TestProd01',
  deviceName: 'dev_001',
  iotId: 'iot1',
  generateTimeMs: 1_700_000_000_000,
  transport: 'http',
  body: Buffer.from('hello'),
};

test('puts time, kind, topic, messageId and body on one line', () => {
  expect(messageLine(message, false)).toBe(
    '2023-11-14T22:13:20.000Z uplink   /a1TestProd01/dev_001/user/update 911824743705107904 hello',
  );
});

test('lets no control character of a topic through to the terminal', () => {
  const topic = '/a1TestProd01/dev_001/user/\u001b]0;title\u0007\na\u009bb';
  expect(messageLine({ ...message, topic }, false)).toBe(
    '2023-11-14T22:13:20.000Z uplink   /a1TestProd01/dev_001/user/?]0;title??a?b 911824743705107904 hello',
  );
});

test('sets the body off by colour', () => {
  expect(messageLine(message, true)).toBe(
    '\u001b[2m2023-11-14T22:13:20.000Z uplink   /a1TestProd01/dev_001/user/update 911824743705107904\u001b[0m hello',
  );
});
