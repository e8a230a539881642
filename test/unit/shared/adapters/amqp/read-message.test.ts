import rhea from 'rhea';
import { describe, expect, test } from 'vitest';
import { readMessage } from '../../../../../shared/adapters/amqp/read-message.ts';
import { RHEA_LINKS } from '../../../../../shared/adapters/amqp/rhea-links.ts';

const settle = () => undefined;

/** As rhea hands it over. */
const received = (message: Record<string, unknown>) =>
  readMessage(rhea.message.decode(rhea.message.encode(message)), () => 'made', settle);

describe('a message of a consumer group', () => {
  test('is read from its application properties', () => {
    const { message, problem } = received({
      message_id: 'other',
      application_properties: {
        topic: '/pk/dev/user/update',
        messageId: '123',
        generateTime: rhea.types.wrap_long(1_700_000_000_000),
      },
      body: rhea.message.data_section(Buffer.from('{"a":1}')),
    });
    expect(problem).toBeUndefined();
    expect({ ...message, body: String(message.body) }).toEqual({
      messageId: '123',
      topic: '/pk/dev/user/update',
      generateTimeMs: 1_700_000_000_000,
      body: '{"a":1}',
      isDuplicate: false,
    });
  });

  test.each([
    [{ delivery_count: 1 }, true],
    [{ delivery_count: 0 }, false],
    [{ first_acquirer: false, durable: true }, true],
    [{ first_acquirer: true }, false],
  ])('%j says whether it was delivered before', (header, isDuplicate) => {
    expect(received(header).message.isDuplicate).toBe(isDuplicate);
  });
});

describe('a message of a broker', () => {
  test.each([
    [{ message_id: 'id1' }, 'id1'],
    [{ message_id: 7 }, '7'],
    [{ message_id: Buffer.alloc(16, 1) }, '01'.repeat(16)],
    [{}, 'made'],
  ])('%j is identified', (message, messageId) => {
    expect(received(message).message.messageId).toBe(messageId);
  });

  test.each([
    [{ application_properties: { 'x-mooring-topic': '/a/b' } }, '/a/b'],
    [{ subject: '.pk.dev.user.update' }, '/pk/dev/user/update'],
    [{}, ''],
  ])('%j names its topic', (message, topic) => {
    expect(received(message).message.topic).toBe(topic);
  });

  test.each([
    ['text', 'text'],
    [rhea.message.data_sections([Buffer.from('a'), Buffer.from('b')]), 'ab'],
    [{ a: 1 }, '{"a":1}'],
    [undefined, ''],
  ])('body %j', (body, text) => {
    expect(String(received({ body }).message.body)).toBe(text);
  });
});

test('the time of AMQP 0-9-1 is in seconds', () => {
  const of = (creation_time: Date) => received({ creation_time }).message.generateTimeMs;
  expect(of(new Date(1_700_000_000))).toBe(1_700_000_000_000);
  expect(of(new Date(1_700_000_000_123))).toBe(1_700_000_000_123);
});

describe('what no function can use', () => {
  test('is a sequence', () => {
    expect(received({ body: rhea.message.sequence_section([1, 2]) }).problem).toBe(
      'the body is a sequence',
    );
  });

  test('is what cannot be decoded: it is handed over with all its bytes', () => {
    // Loaded, rhea takes what it cannot decode.
    expect(RHEA_LINKS).toBeDefined();
    const broken = Buffer.from([0x00, 0x53, 0x75, 0xff]);
    const { message, problem } = readMessage(rhea.message.decode(broken), () => 'made', settle);
    expect(message).toEqual({
      messageId: 'made',
      topic: '',
      generateTimeMs: null,
      isDuplicate: false,
      body: broken,
    });
    expect(problem).toContain('Unrecognised typecode');
  });
});
