/** The HMAC of a device signature, as protocol.md 1.2 and 3.3 name it on the wire. */
export type SignMethod = 'hmacmd5' | 'hmacsha1' | 'hmacsha256';

export const SIGN_METHODS: readonly SignMethod[] = ['hmacmd5', 'hmacsha1', 'hmacsha256'];

/**
 * Reads `signmethod` in any case (`HmacSHA1` too). A client that names none means hmacmd5
 * (protocol.md 1.2); `undefined` is a name that the platform does not know.
 */
export function parseSignMethod(text: string | undefined): SignMethod | undefined {
  if (text === undefined) return 'hmacmd5';
  const name = text.toLowerCase();
  return SIGN_METHODS.find((method) => method === name);
}

const HEX_DIGITS = { hmacmd5: 32, hmacsha1: 40, hmacsha256: 64 } as const;

/** The one method whose signatures have that many hex digits. */
export function methodOfLength(hexDigits: number): SignMethod | undefined {
  return SIGN_METHODS.find((method) => HEX_DIGITS[method] === hexDigits);
}
