/** Gives `length` letters and digits, each equally likely. */
export function randomAlphanumeric(length: number, randomBytes: RandomBytes): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // The last, incomplete run of the alphabet would favour its first letters.
      if (byte < UNBIASED_BYTES && text.length < length)
        text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return text;
}

export function randomHex(bytes: number, randomBytes: RandomBytes): string {
  return Buffer.from(randomBytes(bytes)).toString('hex');
}

export type RandomBytes = (size: number) => Uint8Array;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const UNBIASED_BYTES = 256 - (256 % ALPHABET.length);
