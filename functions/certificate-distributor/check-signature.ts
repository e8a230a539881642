import {
  isUnambiguous,
  verifyCertificateSign,
} from '../../shared/core/signing/certificate-sign.ts';
import { checkTimestamp } from '../../shared/core/signing/check-timestamp.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { CertificateForm } from './certificate-form.ts';

/** What makes a signed request good once: its `random`. */
type SignedRequest = { random: string };

/**
 * Refuses `signature-absent`, `signature-mismatch`, `timestamp-outside-window`, and as
 * `malformed-request` what cannot have been signed. The answer is the same for every deviceId.
 */
export function checkSignature(
  form: CertificateForm,
  productSecret: string,
  nowMs: number,
): Result<SignedRequest> {
  const { random, timestamp, sign, signMethod, productKey } = form.fields;
  if (sign === undefined) return refuse({ kind: 'signature-absent' });
  if (random === undefined) return malformed('random is missing');
  const signed = { deviceId: form.deviceId, productKey, random, timestamp };
  if (!isUnambiguous(signed)) return malformed('a value holds the name of another field');
  const verified = verifyCertificateSign({ ...signed, sign, signMethod }, productSecret);
  if (!verified.ok) {
    const { reason, stringToSign } = verified;
    return refuse({ kind: 'signature-mismatch', reason, stringToSign });
  }
  const timely = checkTimestamp(timestamp === undefined ? undefined : Number(timestamp), nowMs);
  return timely.ok ? ok({ random }) : timely;
}

function malformed(reason: string) {
  return refuse({ kind: 'malformed-request', reason });
}
