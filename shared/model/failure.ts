/**
 * Every refusal that Mooring expects, as one tagged union. A protocol maps it once to its own wire
 * code; the log gets the union member itself, so it must never carry a secret, token or signature.
 * Faults (a broken disk, a bug) are thrown instead.
 */
export type Failure =
  | { kind: 'malformed-request'; reason: string }
  | { kind: 'payload-too-large'; limitBytes: number }
  | { kind: 'unknown-product'; productKey: string }
  | { kind: 'unknown-device'; productKey: string; deviceName: string }
  | { kind: 'device-disabled'; productKey: string; deviceName: string }
  | { kind: 'signature-mismatch'; reason: string; stringToSign: string }
  | { kind: 'timestamp-outside-window'; skewMs: number }
  | { kind: 'token-absent' }
  | { kind: 'token-malformed'; reason: string }
  | { kind: 'token-forged' }
  | { kind: 'token-retired'; reason: 'expired' | 'unknown-key' | 'other-generation' }
  | { kind: 'token-identity-gone'; reason: 'deleted' | 'disabled' }
  | { kind: 'topic-refused'; topic: string; reason: string }
  | { kind: 'tsl-violation'; code: number; message: string }
  | { kind: 'rate-exceeded'; limitPerSecond: number }
  | { kind: 'publish-failed'; reason: string }
  | { kind: 'invalid-thing-model'; reason: string }
  | { kind: 'device-exists'; productKey: string; deviceName: string }
  | { kind: 'invalid-parameter'; parameter: string; reason: string }
  | { kind: 'parameter-type'; parameter: string; reason: string }
  | { kind: 'missing-parameter'; parameter: string }
  | { kind: 'unknown-action'; action: string }
  | { kind: 'unknown-access-key' }
  | { kind: 'nonce-reused' }
  | { kind: 'dynamic-registration-off'; productKey: string }
  | { kind: 'device-activated'; productKey: string; deviceName: string }
  | { kind: 'sign-method-unsupported'; signMethod: string }
  | { kind: 'unknown-certificate'; deviceId: string; reason: string }
  | { kind: 'signature-absent' }
  | { kind: 'random-reused'; deviceId: string }
  | { kind: 'certificate-revoked'; deviceId: string }
  | { kind: 'certificate-limit'; deviceId: string; mostIssues: number }
  | { kind: 'address-rate-exceeded'; limitPerMinute: number }
  | { kind: 'identity-source-refused'; code: string; message: string }
  | { kind: 'identity-source-throttled'; attempts: number }
  | { kind: 'unknown-application'; applyId: string }
  | { kind: 'application-refused'; applyId: string; reason: string }
  | { kind: 'product-has-devices'; productKey: string; devices: number }
  | { kind: 'keepalive-refused'; keepaliveSeconds: number }
  | { kind: 'transport-refused'; reason: string }
  | { kind: 'login-unsupported'; reason: string }
  | { kind: 'connect-rate-exceeded'; limitPerMinute: number }
  | { kind: 'login-blocked'; failures: number; opensInMs: number }
  | { kind: 'auto-registration-off'; productKey: string }
  | { kind: 'dynamic-client-limit'; most: number }
  | { kind: 'connection-replaced'; productKey: string; deviceName: string }
  | { kind: 'subscription-limit'; most: number }
  | { kind: 'alink-refused'; code: number; message: string }
  | { kind: 'shadow-refused'; code: number; apiCode: string; message: string }
  | { kind: 'desired-version-conflict'; identifier: string; version: number }
  | { kind: 'device-offline'; productKey: string; deviceName: string }
  | { kind: 'device-silent'; productKey: string; deviceName: string; isHalfOpen: boolean }
  | { kind: 'broadcast-rate-exceeded'; limitPerMinute: number }
  | { kind: 'downlink-failed'; reason: string }
  | { kind: 'topic-class-exists'; topicShortName: string }
  | { kind: 'topic-class-limit'; most: number }
  | { kind: 'gateway-absent'; productKey: string; deviceName: string }
  | { kind: 'unknown-consumer-group'; groupId: string }
  | { kind: 'default-consumer-group' }
  | { kind: 'consumer-group-limit'; most: number }
  | { kind: 'last-consumer-group'; productKey: string }
  | { kind: 'subscription-exists'; productKey: string }
  | { kind: 'unknown-subscription'; productKey: string; groupId?: string }
  | { kind: 'consumer-limit'; groupId: string; most: number }
  | { kind: 'idle-time-out-refused'; idleTimeOutMs: number };

export type Result<T> = { ok: true; value: T } | Refusal;

export type Refusal = { ok: false; failure: Failure };

export const ok = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });

export const refuse = (failure: Failure): Refusal => ({ ok: false, failure });
