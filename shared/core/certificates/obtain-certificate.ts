import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { CertificateSettings } from '../../model/product.ts';
import type { CertificateRecord } from '../../model/tables.ts';
import type { DeviceIdentities, DeviceIdentity } from '../../ports/device-identities.ts';
import { isSealed } from '../sealing/sealing.ts';
import { deviceNameOf } from './certificate-names.ts';
import {
  type CertificateParts,
  type FoundRow,
  hasCertificate,
  openRowSecret,
  readRow,
  reserveRow,
  rowOf,
  writeRow,
} from './certificate-records.ts';

export type WantedCertificate = {
  deviceId: string;
  productKey: string;
  /** Of a deviceId without a row. */
  unknownIds: CertificateSettings['unknownIds'];
  /** The row as it was read last; it is read again where it has changed since. */
  found: FoundRow;
};

export type ObtainParts = CertificateParts & { identities: DeviceIdentities; nowMs: () => number };

/**
 * The certificate of a deviceId: that of its row or, where the row has none, that of a device which
 * is registered now, or which the source of identities has under that name already. When it returns,
 * the row holds just that, sealed, with the time at which the device first asked; so whoever asks at
 * the same time, in this process or another, is given the same.
 * Refuses `unknown-certificate`, and what the source of identities refuses.
 */
export async function obtainCertificate(
  wanted: WantedCertificate,
  parts: ObtainParts,
): Promise<Result<DeviceIdentity>> {
  for (let { found } = wanted; ; found = await readRow(wanted.deviceId, parts.store)) {
    const flaw = findMismatch(wanted, found?.value);
    if (flaw) return flaw;
    const obtained =
      (await useRow(wanted, found, parts)) ??
      (await setNameAside(wanted, found, parts)) ??
      (await fillRow(wanted, found, parts));
    if (obtained !== 'changed') return obtained;
  }
}

/** Refuses a row that is not there, or is another product's. */
export function findMismatch(
  wanted: Pick<WantedCertificate, 'deviceId' | 'productKey' | 'unknownIds'>,
  row: CertificateRecord | undefined,
): Refusal | undefined {
  const { deviceId, productKey, unknownIds } = wanted;
  if (!row) {
    if (unknownIds !== 'refuse') return undefined;
    return refuse({ kind: 'unknown-certificate', deviceId, reason: 'not in device_table' });
  }
  if (!row.productKey || row.productKey === productKey) return undefined;
  const reason = `in device_table under product ${row.productKey}`;
  return refuse({ kind: 'unknown-certificate', deviceId, reason });
}

/** `changed`: the row is no longer the one that was read. */
type Obtained = Result<DeviceIdentity> | 'changed';

/** Undefined for a row without a certificate. Seals a plain secret, and notes the first issue. */
async function useRow(
  { deviceId }: WantedCertificate,
  found: FoundRow,
  parts: ObtainParts,
): Promise<Obtained | undefined> {
  if (!found || !hasCertificate(found.value)) return undefined;
  const row = found.value;
  const deviceSecret = openRowSecret(row.deviceSecret, deviceId, parts.sealing);
  const { productKey, deviceName, iotId } = row;
  const identity = { productKey, deviceName, deviceSecret, iotId: iotId ?? '' };
  if (isSealed(row.deviceSecret) && row.activateTime !== null) return ok(identity);
  const activateTime = row.activateTime ?? parts.nowMs();
  const change = { found, row: { ...row, deviceSecret, activateTime } };
  return (await writeRow(deviceId, change, parts)) ? ok(identity) : 'changed';
}

/**
 * Makes the row of a deviceId that shall get a new device. Whoever knows the name of a device that is
 * registered already, or has another deviceId, must not get its secret by that, so the deviceId is
 * refused. As the row is there before the device, a device of its name that is found later is its own:
 * a request at the same time has registered it, or one that ended before it could store it.
 */
async function setNameAside(
  { deviceId, productKey, unknownIds }: WantedCertificate,
  found: FoundRow,
  { store, identities }: ObtainParts,
): Promise<Obtained | undefined> {
  if (found || unknownIds === 'adopt') return undefined;
  const deviceName = deviceNameOf(deviceId);
  const standing = await identities.find({ productKey, deviceName });
  if (!standing.ok && standing.failure.kind !== 'unknown-device') return standing;
  if (!standing.ok) {
    await reserveRow(deviceId, { productKey, deviceName }, store);
    return 'changed';
  }
  if (await readRow(deviceId, store)) return 'changed';
  const reason = `there is a device ${deviceName} already, and it is not its own`;
  return refuse({ kind: 'unknown-certificate', deviceId, reason });
}

async function fillRow(
  { deviceId, productKey }: WantedCertificate,
  found: FoundRow,
  parts: ObtainParts,
): Promise<Obtained> {
  const deviceName = found?.value.deviceName || deviceNameOf(deviceId);
  const identity = await registerOrFind({ productKey, deviceName }, parts.identities);
  if (!identity.ok) return identity;
  const now = parts.nowMs();
  const registerTimeMs = found?.value.registerTime ?? now;
  const activateTime = found?.value.activateTime ?? now;
  const row = { ...rowOf({ ...identity.value, deviceId, registerTimeMs }), activateTime };
  return (await writeRow(deviceId, { found, row }, parts)) ? identity : 'changed';
}

/** A device that exists already may be one that a crash kept from its row. */
async function registerOrFind(
  name: { productKey: string; deviceName: string },
  identities: DeviceIdentities,
): Promise<Result<DeviceIdentity>> {
  const registered = await identities.register(name);
  if (registered.ok || registered.failure.kind !== 'device-exists') return registered;
  return identities.find(name);
}
