import { expect, test } from 'vitest';
import { refusalIn } from '../../../../../infra/cli/device/refused-reply.ts';

const refusal = (topic: string, message: unknown) =>
  refusalIn({ topic, payload: Buffer.from(JSON.stringify(message)) });

test('a reply with another code than 200 is a refusal of what was asked', () => {
  const reply = { id: '1', code: 6207, message: 'params error', data: {} };
  const topic = '/sys/a1/dev/thing/event/property/post';
  expect(refusal(`${topic}_reply`, reply)).toBe(`${topic}: 6207 params error`);
});

test('a shadow that refuses says so in its payload', () => {
  const content = { errorcode: '409', errormessage: 'shadow version conflict' };
  expect(
    refusal('/shadow/get/a1/dev', { method: 'reply', payload: { status: 'error', content } }),
  ).toBe('/shadow/update/a1/dev: 409 shadow version conflict');
});

test.each([
  ['/sys/a1/dev/thing/event/property/post_reply', { code: 200, data: {} }],
  ['/sys/a1/dev/thing/service/property/set', { code: 460 }],
  ['/a1/dev/user/update_reply', { code: 460 }],
  ['/shadow/get/a1/dev', { method: 'reply', payload: { status: 'success', version: 1 } }],
  [
    '/shadow/get/a1/dev',
    { method: 'reply', payload: { status: 'error', content: { errorcode: '407' } } },
  ],
  ['/shadow/get/a1/dev', { method: 'control', payload: { state: {} } }],
  ['/sys/a1/dev/thing/event/property/post_reply', 'no object'],
])('%s with %j is none', (topic, message) => {
  expect(refusal(topic, message)).toBeUndefined();
});
