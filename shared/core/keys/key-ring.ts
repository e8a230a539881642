import { createHash } from 'node:crypto';

/** 32 secret bytes and a name for them that gives nothing away: the first 4 bytes of their SHA-256 in hex. */
export type Key = { id: string; bytes: Buffer };

/** The first key signs or seals; every key still verifies or opens. Rotation puts a new key in front. */
export type KeyRing = { current: Key; byId(id: string): Key | undefined };

export const KEY_BYTES = 32;
export const KEY_ID_BYTES = 4;

/** @throws TypeError if there is no key or one is not 32 bytes long. */
export function createKeyRing(keys: readonly Uint8Array[]): KeyRing {
  const ring = keys.map(toKey);
  const [current] = ring;
  if (!current) throw new TypeError('a key ring needs at least one key');
  const byId = new Map(ring.map((key) => [key.id, key]));
  return { current, byId: (id) => byId.get(id) };
}

function toKey(bytes: Uint8Array): Key {
  if (bytes.length !== KEY_BYTES) {
    throw new TypeError(`a key has ${KEY_BYTES} bytes, this one has ${bytes.length}`);
  }
  const id = createHash('sha256').update(bytes).digest().toString('hex', 0, KEY_ID_BYTES);
  return { id, bytes: Buffer.from(bytes) };
}
