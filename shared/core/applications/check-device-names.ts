import { ok, type Result } from '../../model/failure.ts';
import type { ApplicationRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { findDevices } from '../devices/find-device.ts';
import { isNickname } from '../devices/nickname.ts';
import { isDeviceName, newIotId } from '../devices/register-device.ts';
import type { Registry } from '../devices/registry.ts';
import { findProduct } from '../products/products.ts';
import { inGroups } from '../records/in-groups.ts';
import { addApplication, DEVICES_AT_ONCE } from './applications.ts';

/** `nickname` is empty where none is wanted. */
export type WantedName = { deviceName: string; nickname: string };

export type CheckedNames = {
  applyId: number;
  /** Malformed, wanted twice or taken; each once, in the order of the call. */
  invalidDeviceNames: readonly string[];
  invalidNicknames: readonly string[];
};

/**
 * Sets the names of devices aside, to be registered by registerCheckedDevices; nobody else is kept
 * from registering them meanwhile (protocol.md 7.4). Where anything is invalid the application only
 * tells so. Refuses an unknown product. `wanted` are at most MOST_APPLIED_DEVICES.
 */
export async function checkDeviceNames(
  productKey: string,
  wanted: readonly WantedName[],
  registry: Registry,
): Promise<Result<CheckedNames>> {
  const product = await findProduct(productKey, registry.store);
  if (!product.ok) return product;
  const invalid = await findInvalidNames(productKey, wanted, registry.store);
  const badlyNicknamed = wanted.filter(({ nickname }) => !isNickname(nickname));
  const refused = new Set([...invalid, ...badlyNicknamed.map(({ deviceName }) => deviceName)]);
  const application: ApplicationRecord = {
    productKey,
    status: 'checked',
    devices: wanted
      .filter(({ deviceName }) => !refused.has(deviceName))
      .map((device) => ({ ...device, iotId: newIotId(registry.randomBytes) })),
    invalidDeviceNames: [...refused].map((name) => name.slice(0, MOST_KEPT_CHARACTERS)),
    createdAtMs: registry.nowMs(),
  };
  return ok({
    applyId: await addApplication(application, registry),
    invalidDeviceNames: [...invalid],
    invalidNicknames: [...new Set(badlyNicknamed.map(({ nickname }) => nickname))],
  });
}

async function findInvalidNames(
  productKey: string,
  wanted: readonly WantedName[],
  store: Store,
): Promise<ReadonlySet<string>> {
  const names = wanted.map(({ deviceName }) => deviceName);
  const wellFormed = new Set(names.filter(isDeviceName));
  const taken = new Set<string>();
  for (const group of inGroups([...wellFormed], DEVICES_AT_ONCE)) {
    const standing = await findDevices(productKey, group, store);
    for (const { deviceName } of standing) taken.add(deviceName);
  }
  const seen = new Set<string>();
  return new Set(
    names.filter((name) => {
      const repeated = seen.has(name);
      seen.add(name);
      return repeated || !wellFormed.has(name) || taken.has(name);
    }),
  );
}

/** Of a name that is none: a record of a store may have no more than 400 kB. */
const MOST_KEPT_CHARACTERS = 64;
