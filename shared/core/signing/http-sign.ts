import { hmac } from './hmac.ts';
import { identityContent, signContent } from './sign-content.ts';
import { parseSignMethod, type SignMethod } from './sign-method.ts';
import { type Candidate, type Verification, verifyClaim } from './verification.ts';

/** Body of `POST /auth`, numbers turned into the digits that were sent. */
export type HttpFields = Readonly<
  Record<'clientId' | 'deviceName' | 'productKey', string> & Record<string, string>
>;

export type HttpSignFields = HttpFields & { readonly sign: string };

const UNSIGNED_NAMES = ['resources', 'sign', 'signmethod', 'version'];
const UNSIGNED: ReadonlySet<string> = new Set(UNSIGNED_NAMES);

/** With no other field than these, the content needs no sort. */
const USUAL: ReadonlySet<string> = new Set([
  ...['clientId', 'deviceName', 'productKey', 'timestamp'],
  ...UNSIGNED_NAMES,
]);

/**
 * Checks the sign of `POST /auth`: made over every field that the client submitted except
 * `version`, `sign`, `signmethod` and `resources` (protocol.md 1.2, 2.4). Whether the timestamp
 * is fresh is for the caller to say.
 */
export const verifyHttpSign = (fields: HttpSignFields, deviceSecret: string): Verification =>
  verifyClaim(
    {
      sign: fields.sign,
      method: parseSignMethod(fields['signmethod']),
      content: httpSignContent(fields),
      alternatives: () => withoutTimestamp(fields),
    },
    deviceSecret,
  );

/** The sign of these fields, in lower-case hex. */
export const httpSign = (fields: HttpFields, method: SignMethod, deviceSecret: string): string =>
  hmac(method, deviceSecret, httpSignContent(fields)).toString('hex');

/** What a client that submits these fields signs. */
export const httpSignContent = (fields: HttpFields): string => {
  const names = Object.keys(fields);
  if (names.every((name) => USUAL.has(name))) return identityContent(fields);
  return signContent(fields, UNSIGNED);
};

const withoutTimestamp = (fields: HttpFields): readonly Candidate[] => {
  const { timestamp, ...rest } = fields;
  if (timestamp === undefined) return [];
  return [{ variant: 'without-timestamp', content: httpSignContent(rest) }];
};
