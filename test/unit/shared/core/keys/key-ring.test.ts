import { expect, test } from 'vitest';
import { createKeyRing } from '../../../../../shared/core/keys/key-ring.ts';
import { testKey } from '../../../../support/memory-parts.ts';

test('the first key of a ring is the current one', () => {
  const ring = createKeyRing([testKey('new'), testKey('old')]);
  expect(ring.current.bytes).toEqual(testKey('new'));
});

test('a ring finds each of its keys by id', () => {
  const ring = createKeyRing([testKey('new'), testKey('old')]);
  const old = createKeyRing([testKey('old')]).current;
  expect(ring.byId(ring.current.id)).toBe(ring.current);
  expect(ring.byId(old.id)).toEqual(old);
  expect(ring.byId('00000000')).toBeUndefined();
});

test('the id of a key is the first 4 bytes of its SHA-256 in hex', () => {
  // sha256sum of 32 zero bytes.
  expect(createKeyRing([Buffer.alloc(32)]).current.id).toBe('66687aad');
});

test('a ring keeps its key when the bytes that it was made of are wiped', () => {
  const bytes = Uint8Array.from(testKey('a'));
  const ring = createKeyRing([bytes]);
  bytes.fill(0);
  expect(ring.current.bytes).toEqual(testKey('a'));
});

test('a ring without a key is a programming error', () => {
  expect(() => createKeyRing([])).toThrow(new TypeError('a key ring needs at least one key'));
});

for (const bytes of [0, 16, 31, 33]) {
  test(`a key of ${bytes} bytes is a programming error`, () => {
    const expected = new TypeError(`a key has 32 bytes, this one has ${bytes}`);
    expect(() => createKeyRing([testKey('a'), new Uint8Array(bytes)])).toThrow(expected);
  });
}
