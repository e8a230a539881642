import { createCipheriv, createDecipheriv } from 'node:crypto';
import { KEY_ID_BYTES, type KeyRing } from '../keys/key-ring.ts';

/**
 * A secret as it is stored: base64url of
 *
 *     format 1 | key id 4 | nonce 12 | ciphertext | tag 16
 *
 * AES-256-GCM. `context` names the record (`device/<productKey>/<deviceName>`) and is authenticated
 * with it, so that a sealed secret copied into another record does not open.
 */
export type Sealing = {
  seal(secret: string, context: string): string;
  /** @throws SealError if the key is not in the ring or the text was altered: the record is damaged or a key was lost. */
  open(sealed: string, context: string): string;
  /** False for what rotation has yet to seal again. */
  isCurrent(sealed: string): boolean;
};

export class SealError extends Error {
  override name = 'SealError';
}

const FORMAT = 1;
const NONCE_AT = 1 + KEY_ID_BYTES;
const NONCE_BYTES = 12;
const CIPHERTEXT_AT = NONCE_AT + NONCE_BYTES;
const TAG_BYTES = 16;

/**
 * Whether a text of a table that others write too is a sealed secret, a damaged one included, and not
 * a plain one. Told by length alone, so that no damage to a byte makes a plain secret of it: secrets
 * of the platform have 32 characters, and the shortest sealed one has 44.
 */
export function isSealed(text: string): boolean {
  return text.length >= SHORTEST_SEALED_CHARACTERS;
}

const SHORTEST_SEALED_CHARACTERS = Math.ceil(((CIPHERTEXT_AT + TAG_BYTES) * 4) / 3);

export function createSealing(keys: KeyRing, randomBytes: (size: number) => Uint8Array): Sealing {
  return {
    seal: (secret, context) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', keys.current.bytes, nonce).setAAD(
        Buffer.from(context),
      );
      const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      const head = Buffer.from([FORMAT, ...Buffer.from(keys.current.id, 'hex')]);
      return Buffer.concat([head, nonce, ciphertext, cipher.getAuthTag()]).toString('base64url');
    },
    open: (sealed, context) => openSealed(Buffer.from(sealed, 'base64url'), context, keys),
    isCurrent: (sealed) => keyIdOf(Buffer.from(sealed, 'base64url')) === keys.current.id,
  };
}

function openSealed(sealed: Buffer, context: string, keys: KeyRing): string {
  if (sealed.length < CIPHERTEXT_AT + TAG_BYTES || sealed[0] !== FORMAT) {
    throw new SealError(`the sealed secret of ${context} is damaged`);
  }
  const keyId = keyIdOf(sealed);
  const key = keys.byId(keyId);
  if (!key) throw new SealError(`${context} is sealed with key ${keyId}, which is not configured`);
  const tagAt = sealed.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(
      'aes-256-gcm',
      key.bytes,
      sealed.subarray(NONCE_AT, CIPHERTEXT_AT),
    )
      .setAAD(Buffer.from(context))
      .setAuthTag(sealed.subarray(tagAt));
    return (
      decipher.update(sealed.subarray(CIPHERTEXT_AT, tagAt), undefined, 'utf8') +
      decipher.final('utf8')
    );
  } catch (cause) {
    throw new SealError(`the sealed secret of ${context} does not open with key ${keyId}`, {
      cause,
    });
  }
}

function keyIdOf(sealed: Buffer): string {
  return sealed.toString('hex', 1, NONCE_AT);
}
