import { createRefusalLog } from '../../../shared/core/mqtt/refusal-log.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { FailedHandshake } from './tls-or-plain.ts';

/** Tells of failed TLS handshakes: a client that does not trust the certificate says so nowhere else. */
export function createHandshakeLog(parts: {
  log: Log;
  nowMs: () => number;
}): (failed: FailedHandshake) => void {
  const refusals = createRefusalLog('TLS handshake failed', parts);
  return ({ reason, sourceIp }) =>
    refusals.refused({ username: '', sourceIp }, { kind: 'transport-refused', reason });
}
