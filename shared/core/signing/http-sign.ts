import { hmac } from './hmac.ts';
import { identityContent, signContent } from './sign-content.ts';
import { parseSignMethod, type SignMethod } from './sign-method.ts';
import { type Candidate, type Verification, verifyClaim } from './verification.ts';

/** Body of `POST /auth`, numbers turned into the digits that were sent. */
export type HttpFields = Readonly<
  Record<'clientId' | 'deviceName' | 'productKey', string> & Record<string, string>
>;

export type HttpSignFields = HttpFields & { readonly sign: string };

const UNSIGNED: ReadonlySet<string> = new Set(['resources', 'sign', 'signmethod', 'version']);

/**
 * Checks the sign of `POST /auth`: made over every field that the client submitted except
 * `version`, `sign`, `signmethod` and `resources` (protocol.md 1.2, 2.4). Whether the timestamp
 * is fresh is for the caller to say.
 */
export function verifyHttpSign(fields: HttpSignFields, deviceSecret: string): Verification {
  return verifyClaim(
    {
      sign: fields.sign,
      method: parseSignMethod(fields['signmethod']),
      content: httpSignContent(fields),
      alternatives: () => withoutTimestamp(fields),
    },
    deviceSecret,
  );
}

/** The sign of these fields, in lower-case hex. */
export function httpSign(fields: HttpFields, method: SignMethod, deviceSecret: string): string {
  return hmac(method, deviceSecret, httpSignContent(fields)).toString('hex');
}

/** What a client that submits these fields signs. */
export function httpSignContent(fields: HttpFields): string {
  for (const name of Object.keys(fields)) {
    if (!isUsual(name)) return signContent(fields, UNSIGNED);
  }
  return identityContent(fields);
}

/** With no other field than these the content needs no sort. A switch, since a set costs a fifth of the HMAC. */
function isUsual(name: string): boolean {
  switch (name) {
    case 'clientId':
    case 'deviceName':
    case 'productKey':
    case 'timestamp':
    case 'resources':
    case 'sign':
    case 'signmethod':
    case 'version':
      return true;
    default:
      return false;
  }
}

function withoutTimestamp(fields: HttpFields): readonly Candidate[] {
  const { timestamp, ...rest } = fields;
  if (timestamp === undefined) return [];
  return [{ variant: 'without-timestamp', content: httpSignContent(rest) }];
}
