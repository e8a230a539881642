import {
  jsonReply,
  PARAMETER_ERROR,
  SERVER_ERROR,
  type WireCode,
} from '../../shared/core/device-http/identity-reply.ts';
import type { Failure } from '../../shared/model/failure.ts';
import type { Reply } from '../../shared/model/http.ts';
import type { GivenIdentity } from './give-secret.ts';

/**
 * Replies of `/auth/register/device`: HTTP 200 with the platform's code in the body, where 200 is
 * success (protocol.md 2.1). The C SDKs look for members without parsing, so no blanks, and read
 * 256 bytes (devices.md 1, row 2): the longest identity makes 251.
 */
export function identityReply({ productKey, deviceName, deviceSecret }: GivenIdentity): Reply {
  const data = { productKey, deviceName, deviceSecret };
  return jsonReply({ code: 200, data, message: 'success' }, 'success');
}

export function refusalReply(failure: Failure): Reply {
  return jsonReply(WIRE_CODES[failure.kind] ?? SERVER_ERROR, failure.kind);
}

/**
 * The platform lists no code of this path for a disabled device. 6204 is what its gateways get for
 * one (protocol.md 4.14), and gives nothing away: whoever sees it has the product secret.
 */
const WIRE_CODES: Readonly<Partial<Record<Failure['kind'], WireCode>>> = {
  'malformed-request': PARAMETER_ERROR,
  'payload-too-large': PARAMETER_ERROR,
  'unknown-product': { code: 6250, message: 'product not found' },
  'dynamic-registration-off': { code: 6288, message: 'dynamic registration is off' },
  'sign-method-unsupported': { code: 6292, message: 'sign method is not supported' },
  'signature-mismatch': { code: 6600, message: 'signature check failed' },
  'unknown-device': { code: 6100, message: 'device not found' },
  'device-disabled': { code: 6204, message: 'device is disabled' },
  'device-activated': { code: 6289, message: 'device is already activated' },
};
