import { findDevice } from '../../shared/core/devices/find-device.ts';
import type { SecretOpener } from '../../shared/core/devices/secret-opener.ts';
import type { KeyRing } from '../../shared/core/keys/key-ring.ts';
import { verifyHttpSign } from '../../shared/core/signing/http-sign.ts';
import { refuseMismatch } from '../../shared/core/signing/refuse-mismatch.ts';
import { issueGuidedToken } from '../../shared/core/token/guided-token.ts';
import { TOKEN_LIFE_MS } from '../../shared/core/token/token.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { Store } from '../../shared/ports/table.ts';
import type { GuidedForm } from './guided-form.ts';

export type GuideParts = {
  store: Store;
  openSecret: SecretOpener;
  tokenKeys: KeyRing;
  nowMs: () => number;
};

/** `iotToken` is secret: for the reply alone. */
export type Guided = { iotId: string; iotToken: string };

/**
 * Gives a token of 7 days for CONNECT, which activates the device. The timestamp may be of any time: the
 * C SDK sends a constant (protocol.md 2.4).
 */
export async function guideDevice(form: GuidedForm, parts: GuideParts): Promise<Result<Guided>> {
  const { productKey, deviceName } = form;
  const found = await findDevice({ productKey, deviceName }, parts.store);
  if (!found.ok) return found;
  const { iotId, generation, status } = found.value;
  const verified = verifyHttpSign(form, parts.openSecret(found.value));
  if (!verified.ok) return refuseMismatch(verified, form);
  if (status === 'DISABLED') return refuse({ kind: 'device-disabled', productKey, deviceName });
  const expiresAtMs = parts.nowMs() + TOKEN_LIFE_MS;
  const iotToken = issueGuidedToken({ iotId, generation, expiresAtMs }, parts.tokenKeys);
  return ok({ iotId, iotToken });
}
