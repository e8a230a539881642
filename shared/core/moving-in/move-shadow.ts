import { ok, type Result, refuse } from '../../model/failure.ts';
import { mergeShadow, readShadow } from './account-shadow.ts';
import type { MovedDevice, Work } from './moving.ts';
import type { Outcome } from './moving-report.ts';
import { storeMerged } from './store-merged.ts';

/** Moves the shadow of a device; undefined where it never used one. */
export async function moveShadow(
  { productKey, deviceName, iotId }: MovedDevice,
  { moving }: Work,
): Promise<Result<Outcome | undefined>> {
  const message = await moving.account.shadow(productKey, deviceName);
  if (!message.ok) return message;
  const read = readShadow(message.value);
  if ('reason' in read) {
    return refuse({ kind: 'invalid-parameter', parameter: 'ShadowMessage', reason: read.reason });
  }
  const shadow = read.value;
  if (!shadow) return ok(undefined);
  const shadows = moving.store.table('shadows');
  const key = { partition: iotId };
  return ok(await storeMerged(shadows, key, (local) => mergeShadow(local, shadow)));
}
