/** A key of core/keys in its written form: 32 bytes in canonical base64; undefined if it is not one. */
export function decodeKey(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  // The last character carries two bits that mean nothing: only one spelling of a key is a key.
  return key.toString('base64') === text ? key : undefined;
}

/** For messages that ask for a key. */
export const KEY_EXAMPLE = '$(openssl rand -base64 32)';
