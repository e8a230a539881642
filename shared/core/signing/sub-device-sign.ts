import { signContent } from './sign-content.ts';
import { parseSignMethod, type SignMethod } from './sign-method.ts';
import { type Verification, verifyClaim } from './verification.ts';

/** What a gateway submits for a sub-device, numbers turned into the digits that were sent. */
export type SubDeviceFields = Readonly<Record<'deviceName' | 'productKey' | 'sign', string>> &
  Readonly<Record<string, string>>;

/**
 * Checks the sign with which a gateway shows that it has the secret of a sub-device (protocol.md 4.13): over
 * all fields but itself and the method, or over the documented ones alone. The timestamp need not be fresh.
 */
export function verifySubDeviceSign(fields: SubDeviceFields, deviceSecret: string): Verification {
  return verifyClaim(
    {
      sign: fields.sign,
      method: methodOf(fields),
      content: signContent(fields, UNSIGNED),
      alternatives: () => [{ variant: 'submitted', content: signContent(documented(fields)) }],
    },
    deviceSecret,
  );
}

const UNSIGNED: ReadonlySet<string> = new Set(['sign', 'signmethod', 'signMethod']);

/** Documented is `signmethod`, the Node SDK sends `signMethod`. `Sha256` is the HMAC too. */
function methodOf(fields: SubDeviceFields): SignMethod | undefined {
  const name = fields['signmethod'] ?? fields['signMethod'];
  return name?.toLowerCase() === 'sha256' ? 'hmacsha256' : parseSignMethod(name);
}

function documented(fields: SubDeviceFields): Record<string, string> {
  const names = ['clientId', 'deviceName', 'productKey', 'timestamp'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = fields[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
