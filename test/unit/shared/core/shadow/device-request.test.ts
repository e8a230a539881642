import { describe, expect, test } from 'vitest';
import { readDeviceRequest } from '../../../../../shared/core/shadow/device-request.ts';

const SENT = { messageId: '17', atMs: 1_700_000_000_000 };

const read = (text: string) => readDeviceRequest(Buffer.from(text), SENT);
const readJson = (message: unknown) => read(JSON.stringify(message));

/** The code of a refusal, or the request. */
function outcomeOf({ request }: ReturnType<typeof read>) {
  if (request.ok) return request.value;
  return request.failure.kind === 'shadow-refused' ? request.failure.code : request.failure;
}

const change = (parts: object) => ({ kind: 'change', from: 'device', ...SENT, ...parts });
const merge = (values: object) => ({ kind: 'merge', values });

function nested(levels: number): unknown {
  return levels === 0 ? 1 : { a: nested(levels - 1) };
}

function attributes(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, n]));
}

describe('a request of a device', () => {
  test('to get its shadow needs nothing else', () => {
    expect(outcomeOf(readJson({ method: 'get' }))).toEqual({ kind: 'get' });
  });

  test('to update merges what is reported', () => {
    const message = { method: 'update', state: { reported: { color: 'blue' } }, version: 4 };
    expect(outcomeOf(readJson(message))).toEqual(
      change({ version: 4, reported: merge({ color: 'blue' }) }),
    );
  });

  test('to update clears a whole section that is the text null', () => {
    const message = { method: 'update', state: { desired: 'null' }, version: 6 };
    expect(outcomeOf(readJson(message))).toEqual(
      change({ version: 6, desired: { kind: 'clear' } }),
    );
  });

  test('to delete takes out every key that is named, whatever stands behind it', () => {
    const reported = { color: 'null', on: 1, lamp: { left: 'null', right: {} } };
    const message = { method: 'delete', state: { reported }, version: 7 };
    expect(outcomeOf(readJson(message))).toEqual(
      change({
        version: 7,
        reported: merge({ color: 'null', on: 'null', lamp: { left: 'null', right: 'null' } }),
      }),
    );
  });

  test('to delete everything clears the section', () => {
    const message = { method: 'delete', state: { reported: 'null' }, version: 7 };
    expect(outcomeOf(readJson(message))).toEqual(
      change({ version: 7, reported: { kind: 'clear' } }),
    );
  });

  test('may have a version in milliseconds, as text, and -1', () => {
    const versions = [1_700_000_000_000, '5', -1, '-1', 0].map((version) =>
      outcomeOf(readJson({ method: 'update', state: { reported: { a: 1 } }, version })),
    );
    expect(versions).toMatchObject(
      [1_700_000_000_000, 5, -1, -1, 0].map((version) => ({ version })),
    );
  });

  test('may desire nothing beside what it reports', () => {
    const message = { method: 'update', state: { reported: { a: 1 }, desired: {} }, version: 1 };
    expect(outcomeOf(readJson(message))).toEqual(change({ version: 1, reported: merge({ a: 1 }) }));
  });

  test('has a client token, also where it is refused', () => {
    expect(readJson({ method: 'get', clientToken: 'dev-1' }).clientToken).toBe('dev-1');
    expect(readJson({ method: 'put', clientToken: 'dev-2' }).clientToken).toBe('dev-2');
    expect(readJson({ method: 'get', clientToken: 3 })).not.toHaveProperty('clientToken');
  });
});

describe('a request of a device is refused', () => {
  const state = { reported: { a: 1 } };
  test.each([
    [400, 'that is no JSON', '{"method":'],
    [400, 'that is no object', '[]'],
    [400, 'that is not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    [400, 'of more than 16 KB', `{"method":"get"}${' '.repeat(16 * 1024)}`],
    [400, 'whose section is a number', { method: 'update', state: { reported: 3 }, version: 1 }],
    [400, 'of 6 levels', { method: 'update', state: { reported: nested(6) }, version: 1 }],
    [401, 'without a method', { state, version: 1 }],
    [402, 'without a state', { method: 'update', version: 1 }],
    [402, 'whose state is a text', { method: 'update', state: 'null', version: 1 }],
    [403, 'without a version', { method: 'update', state }],
    [403, 'whose version is a word', { method: 'update', state, version: 'new' }],
    [403, 'whose version is a fraction', { method: 'update', state, version: 1.5 }],
    [403, 'whose version is below -1', { method: 'update', state, version: -2 }],
    [403, 'whose version is above 2^53', { method: 'update', state, version: 2 ** 53 }],
    [404, 'that has no section', { method: 'update', state: {}, version: 1 }],
    [404, 'that desires nothing', { method: 'update', state: { desired: {} }, version: 1 }],
    [405, 'that reports nothing', { method: 'update', state: { reported: {} }, version: 1 }],
    [405, 'that deletes nothing', { method: 'delete', state: { reported: {} }, version: 1 }],
    [406, 'of another method', { method: 'put', state, version: 1 }],
    [406, 'whose method is a number', { method: 1 }],
    [407, 'that is empty', ''],
    [407, 'that is an empty object', {}],
    [
      408,
      'of 129 attributes',
      { method: 'update', state: { reported: attributes(129) }, version: 1 },
    ],
  ])('with %i where it is one %s', (code, _, message) => {
    const isRaw = typeof message === 'string' || Buffer.isBuffer(message);
    const body = isRaw ? Buffer.from(message as string) : Buffer.from(JSON.stringify(message));
    expect(outcomeOf(readDeviceRequest(body, SENT))).toBe(code);
  });

  test('at the limits not yet', () => {
    for (const reported of [nested(5), attributes(128)]) {
      const message = { method: 'update', state: { reported }, version: 1 };
      expect(outcomeOf(readJson(message))).toMatchObject({ kind: 'change' });
    }
  });

  test('however deep it is, without a stack that overflows', () => {
    const deep = `${'['.repeat(8_000)}${']'.repeat(8_000)}`;
    const text = `{"method":"update","state":{"reported":{"a":${deep}}},"version":1}`;
    expect(Buffer.byteLength(text)).toBeLessThan(16 * 1024);
    expect(outcomeOf(read(text))).toBe(400);
  });
});
