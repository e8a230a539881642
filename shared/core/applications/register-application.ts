import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { ApplicationRecord } from '../../model/tables.ts';
import { indexById } from '../devices/device-indexes.ts';
import { newDeviceName, newIotId, registerDevices } from '../devices/register-device.ts';
import type { Registry } from '../devices/registry.ts';
import { type LifecycleParts, tellLifecycle } from '../lifecycle/tell-lifecycle.ts';
import { findProduct } from '../products/products.ts';
import { inGroups } from '../records/in-groups.ts';
import {
  type ApplicationReference,
  addApplication,
  changeApplication,
  DEVICES_AT_ONCE,
  findApplication,
  findAppliedDevices,
} from './applications.ts';

type ApplicationParts = Registry & LifecycleParts;

/**
 * Registers devices under random names and returns the id of their application. The names are stored
 * first: what a crash leaves undone, settleApplication finishes. Refuses an unknown product.
 */
export async function registerRandomDevices(
  { productKey, count }: { productKey: string; count: number },
  registry: ApplicationParts,
): Promise<Result<number>> {
  const product = await findProduct(productKey, registry.store);
  if (!product.ok) return product;
  const { randomBytes } = registry;
  const devices = Array.from({ length: count }, () => ({
    deviceName: newDeviceName(randomBytes),
    nickname: '',
    iotId: newIotId(randomBytes),
  }));
  const application: ApplicationRecord = {
    productKey,
    status: 'registering',
    devices,
    invalidDeviceNames: [],
    createdAtMs: registry.nowMs(),
  };
  const applyId = await addApplication(application, registry);
  const settled = await settleApplication({ applyId }, registry);
  return settled.ok ? ok(applyId) : settled;
}

/**
 * Registers what checkDeviceNames has set aside; once, however often it is called. Refuses
 * `unknown-application`, and `application-refused` where any of its names is invalid.
 */
export async function registerCheckedDevices(
  reference: ApplicationReference,
  registry: ApplicationParts,
): Promise<Result<void>> {
  const begun = await changeApplication(reference, beginRegistration(reference), registry.store);
  if (!begun.ok) return begun;
  const settled = await settleApplication(reference, registry);
  return settled.ok ? ok(undefined) : settled;
}

function beginRegistration({ applyId }: ApplicationReference) {
  return (application: ApplicationRecord): Result<ApplicationRecord> => {
    if (application.status !== 'checked') return ok(application);
    if (application.invalidDeviceNames.length > 0) return namesRefused(applyId);
    return ok({ ...application, status: 'registering' });
  };
}

function namesRefused(applyId: number): Refusal {
  const reason = 'some of its names are invalid';
  return refuse({ kind: 'application-refused', applyId: String(applyId), reason });
}

/**
 * The application as it stands, after finishing a registration that was cut short: nothing runs
 * behind an answer. Afterwards `devices` are those that it registered. May run several times at
 * once; a device belongs to the application by the iotId that was drawn with its name. One that was
 * deleted before a registration is finished is registered again. The bus is told of each device.
 */
export async function settleApplication(
  reference: ApplicationReference,
  registry: ApplicationParts,
): Promise<Result<ApplicationRecord>> {
  const found = await findApplication(reference, registry.store);
  if (!found.ok) return found;
  const application = found.value.value;
  if (application.status !== 'registering') return ok(application);
  const registered: Applied[] = [];
  for (const group of inGroups(application.devices, DEVICES_AT_ONCE)) {
    const done = await registerGroup(application.productKey, group, registry);
    if (!done.ok) return done;
    registered.push(...done.value);
  }
  return changeApplication(reference, endRegistration(registered), registry.store);
}

function endRegistration(registered: readonly Applied[]) {
  const names = new Set(registered.map(({ deviceName }) => deviceName));
  return (application: ApplicationRecord): Result<ApplicationRecord> => {
    if (application.status !== 'registering') return ok(application);
    const invalidDeviceNames = application.devices
      .map(({ deviceName }) => deviceName)
      .filter((name) => !names.has(name));
    const status = invalidDeviceNames.length === 0 ? 'registered' : 'failed';
    return ok({ ...application, status, devices: registered, invalidDeviceNames });
  };
}

type Applied = ApplicationRecord['devices'][number];

/** Those of the group that are registered, now or by a call before. */
async function registerGroup(
  productKey: string,
  group: readonly Applied[],
  registry: ApplicationParts,
): Promise<Result<readonly Applied[]>> {
  const { store } = registry;
  const untold = group.map((device) => ({ ...device, untold: 'create' as const }));
  const outcomes = await registerDevices(productKey, untold, registry);
  if (!outcomes.ok) return outcomes;
  const made = outcomes.value.flatMap((one) => (one.ok ? [one.value.device] : []));
  const stood = group.filter((_, index) => outcomes.value[index]?.ok !== true);
  const own = await findAppliedDevices(productKey, stood, store);
  // The call that registered them may have ended before it wrote the index, or told the bus.
  await Promise.all(own.map((device) => indexById(device, store)));
  await Promise.all([...made, ...own].map((device) => tellLifecycle(device, 'api', registry)));
  const ownNames = new Set(own.map(({ deviceName }) => deviceName));
  return ok(group.filter((device) => !stood.includes(device) || ownNames.has(device.deviceName)));
}
