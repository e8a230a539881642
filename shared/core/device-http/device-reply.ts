import type { Failure } from '../../model/failure.ts';
import type { Reply } from '../../model/http.ts';

/**
 * Replies of the HTTPS device paths: HTTP 200 with the platform's code in the body (protocol.md
 * 1.2, 1.3). The C SDK reads a body into 256 bytes (devices.md 1, row 1): keep every one below.
 */
export function successReply(infoJson: string): Reply {
  return reply(`{"code":0,"message":"success","info":${infoJson}}`, 'success');
}

export function refusalReply(failure: Failure): Reply {
  const { code, message } = wireCodeOf(failure);
  return reply(JSON.stringify({ code, message }), failure.kind);
}

/** The answer to a fault: the reason is in the log. */
export function faultReply(): Reply {
  return reply(JSON.stringify(COMMON_ERROR), 'fault');
}

type WireCode = { code: number; message: string };

const COMMON_ERROR: WireCode = { code: 10000, message: 'common error' };
const PARAM_ERROR: WireCode = { code: 10001, message: 'param error' };
const AUTH_CHECK_ERROR: WireCode = { code: 20000, message: 'auth check error' };
const TOKEN_EXPIRED: WireCode = { code: 20001, message: 'token is expired' };
const TOKEN_NULL: WireCode = { code: 20002, message: 'token is null' };
const TOKEN_ERROR: WireCode = { code: 20003, message: 'check token error' };
const PUBLISH_ERROR: WireCode = { code: 30001, message: 'publish message error' };
const TOO_MANY: WireCode = { code: 40000, message: 'request too many' };

const LONGEST_DETAIL_CHARACTERS = 100;

function wireCodeOf(failure: Failure): WireCode {
  if (failure.kind !== 'tsl-violation') return WIRE_CODES[failure.kind];
  // The identifier in the text is the device's own: it may be long or need escapes.
  const detail = failure.message.slice(0, LONGEST_DETAIL_CHARACTERS).replace(/[^\x20-\x7e]/g, '?');
  return { code: PARAM_ERROR.code, message: `${PARAM_ERROR.message}: ${failure.code} ${detail}` };
}

/** The last ones are refusals of other paths. */
const WIRE_CODES: Readonly<Record<Failure['kind'], WireCode>> = {
  'malformed-request': PARAM_ERROR,
  'payload-too-large': PARAM_ERROR,
  'topic-refused': PARAM_ERROR,
  'tsl-violation': PARAM_ERROR,
  'unknown-product': AUTH_CHECK_ERROR,
  'unknown-device': AUTH_CHECK_ERROR,
  'device-disabled': AUTH_CHECK_ERROR,
  'signature-mismatch': AUTH_CHECK_ERROR,
  'timestamp-outside-window': AUTH_CHECK_ERROR,
  'token-retired': TOKEN_EXPIRED,
  'token-absent': TOKEN_NULL,
  'token-malformed': TOKEN_ERROR,
  'token-forged': TOKEN_ERROR,
  'token-identity-gone': TOKEN_ERROR,
  'publish-failed': PUBLISH_ERROR,
  'rate-exceeded': TOO_MANY,
  'invalid-thing-model': COMMON_ERROR,
  'device-exists': COMMON_ERROR,
  'invalid-parameter': COMMON_ERROR,
  'parameter-type': COMMON_ERROR,
  'missing-parameter': COMMON_ERROR,
  'unknown-action': COMMON_ERROR,
  'unknown-access-key': COMMON_ERROR,
  'nonce-reused': COMMON_ERROR,
  'dynamic-registration-off': COMMON_ERROR,
  'device-activated': COMMON_ERROR,
  'sign-method-unsupported': COMMON_ERROR,
  'unknown-certificate': COMMON_ERROR,
  'signature-absent': COMMON_ERROR,
  'random-reused': COMMON_ERROR,
  'certificate-revoked': COMMON_ERROR,
  'certificate-limit': COMMON_ERROR,
  'address-rate-exceeded': COMMON_ERROR,
  'identity-source-refused': COMMON_ERROR,
  'identity-source-throttled': COMMON_ERROR,
  'unknown-application': COMMON_ERROR,
  'application-refused': COMMON_ERROR,
  'product-has-devices': COMMON_ERROR,
  'keepalive-refused': COMMON_ERROR,
  'transport-refused': COMMON_ERROR,
  'login-unsupported': COMMON_ERROR,
  'connect-rate-exceeded': TOO_MANY,
  'login-blocked': TOO_MANY,
  'auto-registration-off': COMMON_ERROR,
  'dynamic-client-limit': COMMON_ERROR,
  'connection-replaced': COMMON_ERROR,
  'subscription-limit': COMMON_ERROR,
  'consumer-limit': COMMON_ERROR,
  'idle-time-out-refused': COMMON_ERROR,
  'alink-refused': PARAM_ERROR,
  'shadow-refused': PARAM_ERROR,
  'desired-version-conflict': PARAM_ERROR,
  'device-offline': COMMON_ERROR,
  'device-silent': COMMON_ERROR,
  'broadcast-rate-exceeded': COMMON_ERROR,
  'downlink-failed': COMMON_ERROR,
  'topic-class-exists': COMMON_ERROR,
  'topic-class-limit': COMMON_ERROR,
  'gateway-absent': COMMON_ERROR,
  'unknown-consumer-group': COMMON_ERROR,
  'default-consumer-group': COMMON_ERROR,
  'consumer-group-limit': COMMON_ERROR,
  'last-consumer-group': COMMON_ERROR,
  'subscription-exists': COMMON_ERROR,
  'unknown-subscription': COMMON_ERROR,
};

function reply(body: string, outcome: string): Reply {
  return { status: 200, contentType: 'application/json', body, outcome };
}
