import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import type { ApplicationRecord } from '../../model/tables.ts';
import type { Store, Versioned } from '../../ports/table.ts';
import { findDevices } from '../devices/find-device.ts';
import type { Registry } from '../devices/registry.ts';

/** A client names its product with it; QueryPageByApplyId alone does not. */
export type ApplicationReference = { applyId: number; productKey?: string };

/** Names and Count of one application (protocol.md 7.4). */
export const MOST_APPLIED_DEVICES = 1000;

/** Devices of one application that are read or registered at once. */
export const DEVICES_AT_ONCE = 100;

/** Stores an application under an id of its own, which is returned. */
export async function addApplication(
  application: ApplicationRecord,
  { store, randomBytes }: Pick<Registry, 'store' | 'randomBytes'>,
): Promise<number> {
  for (;;) {
    const random = Buffer.from(randomBytes(APPLY_ID_BYTES));
    const applyId = random.readUIntBE(0, APPLY_ID_BYTES);
    const key = { partition: String(applyId) };
    const added = await store
      .table('applications')
      .insert(key, application, { expiresAtMs: expiryOf(application) });
    if (added) return applyId;
  }
}

/** Refuses `unknown-application`, also for one of another product. */
export async function findApplication(
  { applyId, productKey }: ApplicationReference,
  store: Store,
): Promise<Result<Versioned<ApplicationRecord>>> {
  const found = await store.table('applications').read({ partition: String(applyId) });
  if (!found || (productKey !== undefined && found.value.productKey !== productKey)) {
    return refuse({ kind: 'unknown-application', applyId: String(applyId) });
  }
  return ok(found);
}

/** As updateRecord of core/records, and the record keeps its expiry. `change` may run several times. */
export async function changeApplication(
  reference: ApplicationReference,
  change: (application: ApplicationRecord) => Result<ApplicationRecord>,
  store: Store,
): Promise<Result<ApplicationRecord>> {
  const key = { partition: String(reference.applyId) };
  for (;;) {
    const found = await findApplication(reference, store);
    if (!found.ok) return found;
    const { value, version } = found.value;
    const changed = change(value);
    if (!changed.ok || changed.value === value) return changed;
    const options = { expiresAtMs: expiryOf(changed.value) };
    const table = store.table('applications');
    if (await table.replace(key, changed.value, version, options)) return changed;
  }
}

/** Of some devices of an application those that it has registered and that are still there. */
export async function findAppliedDevices(
  productKey: string,
  applied: ApplicationRecord['devices'],
  store: Store,
): Promise<readonly DeviceRecord[]> {
  const deviceNames = applied.map(({ deviceName }) => deviceName);
  const own = new Set(applied.map(({ iotId }) => iotId));
  const devices = await findDevices(productKey, deviceNames, store);
  return devices.filter(({ iotId }) => own.has(iotId));
}

function expiryOf({ createdAtMs }: ApplicationRecord): number {
  return createdAtMs + APPLICATION_LIFE_MS;
}

const APPLICATION_LIFE_MS = 7 * 24 * 60 * 60 * 1000;

/** At most 15 digits, which clients read without loss (protocol.md 7.1). */
const APPLY_ID_BYTES = 6;
