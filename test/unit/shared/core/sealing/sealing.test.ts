import { describe, expect, test } from 'vitest';
import { createKeyRing } from '../../../../../shared/core/keys/key-ring.ts';
import { createSealing, SealError } from '../../../../../shared/core/sealing/sealing.ts';
import { createSeededBytes, testKey } from '../../../../support/memory-parts.ts';

const CONTEXT = 'device/a1TestProd01/dev_001';
const SECRET = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';

const sealingWith = (...names: string[]) =>
  createSealing(createKeyRing(names.map(testKey)), createSeededBytes(names.join()));
const sealing = sealingWith('a');
const sealed = sealing.seal(SECRET, CONTEXT);

describe('a sealed secret', () => {
  test.each(['x', SECRET, 'Schlüssel 钥匙 🔑', ''])('opens to %j again', (secret) => {
    expect(sealing.open(sealing.seal(secret, CONTEXT), CONTEXT)).toBe(secret);
  });

  test('does not show the secret, and is another text each time', () => {
    expect(Buffer.from(sealed, 'base64url').includes(SECRET)).toBe(false);
    expect(sealing.seal(SECRET, CONTEXT)).not.toBe(sealed);
  });

  test('does not open in another record', () => {
    const other = 'device/a1TestProd01/dev_002';
    expect(failureOf(() => sealing.open(sealed, other))).toMatch(
      /^the sealed secret of device\/a1TestProd01\/dev_002 does not open with key [0-9a-f]{8}$/,
    );
  });

  test('does not open without its key', () => {
    expect(failureOf(() => sealingWith('b').open(sealed, CONTEXT))).toMatch(
      /^device\/a1TestProd01\/dev_001 is sealed with key [0-9a-f]{8}, which is not configured$/,
    );
  });

  test('does not open with a bit of any byte altered', () => {
    const bytes = Buffer.from(sealed, 'base64url');
    for (const at of bytes.keys()) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ (1 << (at % 8));
      const message = failureOf(() => sealing.open(altered.toString('base64url'), CONTEXT));
      expect(message, `byte ${at}`).toContain(CONTEXT);
      expect(message).not.toContain(SECRET);
    }
  });

  test('does not open when cut at any length', () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(failureOf(() => sealing.open(sealed.slice(0, length), CONTEXT))).toContain(CONTEXT);
    }
  });
});

describe('rotation', () => {
  const rotated = sealingWith('b', 'a');

  test('opens what the old key sealed and knows that it is not current', () => {
    expect(rotated.open(sealed, CONTEXT)).toBe(SECRET);
    expect(rotated.isCurrent(sealed)).toBe(false);
    expect(sealing.isCurrent(sealed)).toBe(true);
  });

  test('seals with the new key', () => {
    const again = rotated.seal(SECRET, CONTEXT);
    expect(rotated.isCurrent(again)).toBe(true);
    expect(sealingWith('b').open(again, CONTEXT)).toBe(SECRET);
  });
});

/** The message of the SealError that the call throws; fails on any other outcome. */
function failureOf(call: () => string): string {
  try {
    call();
  } catch (error) {
    if (error instanceof SealError) return error.message;
    throw error;
  }
  throw new Error('it opened');
}
