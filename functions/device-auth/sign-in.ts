import { activateDevice } from '../../shared/core/devices/change-device.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import type { SecretOpener } from '../../shared/core/devices/secret-opener.ts';
import type { KeyRing } from '../../shared/core/keys/key-ring.ts';
import { checkTimestamp } from '../../shared/core/signing/check-timestamp.ts';
import { verifyHttpSign } from '../../shared/core/signing/http-sign.ts';
import { refuseMismatch } from '../../shared/core/signing/refuse-mismatch.ts';
import type { Variant } from '../../shared/core/signing/verification.ts';
import { issueToken, TOKEN_LIFE_MS } from '../../shared/core/token/token.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { Store } from '../../shared/ports/table.ts';
import type { SignInForm } from './sign-in-form.ts';

export type SignInParts = {
  store: Store;
  openSecret: SecretOpener;
  tokenKeys: KeyRing;
  nowMs: () => number;
};

/** `variant` says what the device signed: all but `submitted` are habits of single SDKs. */
export type SignedIn = { token: string; variant: Variant };

/** Gives a token of 7 days, and activates the device on its first one. */
export async function signIn(form: SignInForm, parts: SignInParts): Promise<Result<SignedIn>> {
  const nowMs = parts.nowMs();
  const timely = checkTimestamp(form.timestampMs, nowMs);
  if (!timely.ok) return timely;
  const known = await identify(form, parts);
  if (!known.ok) return known;
  const { record, variant } = known.value;
  if (record.status === 'DISABLED') return refuse({ kind: 'device-disabled', ...nameOf(form) });
  if (record.status === 'UNACTIVE') {
    const activated = await activateDevice(nameOf(form), parts);
    if (!activated.ok) return activated;
    if (activated.value.status === 'DISABLED')
      return refuse({ kind: 'device-disabled', ...nameOf(form) });
  }
  const { productKey, deviceName } = form;
  const { generation } = record;
  // Member by member: a spread here costs as much as the signature.
  const claims = { productKey, deviceName, generation, expiresAtMs: nowMs + TOKEN_LIFE_MS };
  return ok({ token: issueToken(claims, parts.tokenKeys), variant });
}

type Identified = { record: DeviceRecord; variant: Variant };

/** By the stored record. A kept one may be of before a reset, and that sign-in would leave the device inactive. */
async function identify(
  form: SignInForm,
  { store, openSecret }: SignInParts,
): Promise<Result<Identified>> {
  const found = await findDevice(form, store);
  if (!found.ok) return found;
  const record = found.value;
  const verified = verifyHttpSign(form.fields, openSecret(record));
  return verified.ok
    ? ok({ record, variant: verified.variant })
    : refuseMismatch(verified, form.fields);
}

function nameOf({ productKey, deviceName }: SignInForm): {
  productKey: string;
  deviceName: string;
} {
  return { productKey, deviceName };
}
