const ALGORITHM = 'ACS3-HMAC-SHA256';

/** What an `Authorization: ACS3-HMAC-SHA256 …` header says (protocol.md 7.1b). */
export type Acs3Authorization = {
  accessKeyId: string;
  /** Lower case, in the client's order. */
  signedHeaders: readonly string[];
  /** Hex. */
  signature: string;
};

/** `undefined` for another scheme or algorithm, and where a part is missing or empty. */
export function parseAcs3Authorization(header: string): Acs3Authorization | undefined {
  const [algorithm, rest = ''] = splitOnce(header.trim(), ' ');
  if (algorithm !== ALGORITHM) return undefined;
  const parts = new Map(rest.split(',').map((part) => splitOnce(part.trim(), '=')));
  const accessKeyId = parts.get('Credential');
  const signedHeaders = parts.get('SignedHeaders');
  const signature = parts.get('Signature');
  if (!accessKeyId || !signedHeaders || !signature) return undefined;
  return { accessKeyId, signedHeaders: signedHeaders.toLowerCase().split(';'), signature };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
