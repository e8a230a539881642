import { findAccessKeySecret } from '../../shared/core/access-keys/access-keys.ts';
import type { Registry } from '../../shared/core/devices/registry.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { Call } from './read-call.ts';

/** How far a client's clock may be off (protocol.md 7.1). */
const WINDOW_MS = 15 * 60 * 1000;

/** A timestamp may lie ahead by one window and stays good until it is behind by one. */
const NONCE_LIFE_MS = 2 * WINDOW_MS;

const API_VERSION = '2018-01-20';

/**
 * Whether a call comes from the holder of an access key, now, and for the first time. The nonce is
 * remembered last: a call that is refused for anything else may be sent again, and who has no key
 * cannot fill the table.
 */
export async function authenticate(call: Call, registry: Registry): Promise<Result<void>> {
  const { accessKeyId } = call;
  const secret = ACCESS_KEY_ID.test(accessKeyId)
    ? await findAccessKeySecret(accessKeyId, registry)
    : undefined;
  if (secret === undefined) return refuse({ kind: 'unknown-access-key' });
  const signature = call.verify(secret);
  if (!signature.ok) {
    const { reason, stringToSign } = signature;
    return refuse({ kind: 'signature-mismatch', reason, stringToSign });
  }
  if (call.version !== undefined && call.version !== API_VERSION) {
    return refuse({ kind: 'invalid-parameter', parameter: 'Version', reason: API_VERSION });
  }
  const timely = checkTimestamp(call.timestamp, registry.nowMs());
  return timely.ok ? rememberNonce(call, registry) : timely;
}

/** What cannot be one is not looked up: it would become part of a storage key. */
const ACCESS_KEY_ID = /^[\w.-]{1,64}$/;

function checkTimestamp(timestamp: string, nowMs: number): Result<void> {
  const sentAtMs = TIMESTAMP.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(sentAtMs)) {
    const reason = 'yyyy-MM-ddTHH:mm:ssZ, without milliseconds';
    return refuse({ kind: 'invalid-parameter', parameter: 'Timestamp', reason });
  }
  const skewMs = nowMs - sentAtMs;
  if (Math.abs(skewMs) <= WINDOW_MS) return ok(undefined);
  return refuse({ kind: 'timestamp-outside-window', skewMs });
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

async function rememberNonce(call: Call, { store, nowMs }: Registry): Promise<Result<void>> {
  const { accessKeyId, nonce } = call;
  if (!NONCE.test(nonce)) {
    const reason = '1 to 128 visible ASCII characters';
    return refuse({ kind: 'invalid-parameter', parameter: 'SignatureNonce', reason });
  }
  const seenAtMs = nowMs();
  const isNew = await store
    .table('seen')
    .insert(
      { partition: `openapi-nonce/${accessKeyId}/${nonce}` },
      { seenAtMs },
      { expiresAtMs: seenAtMs + NONCE_LIFE_MS },
    );
  return isNew ? ok(undefined) : refuse({ kind: 'nonce-reused' });
}

const NONCE = /^[!-~]{1,128}$/;
