import type { DeviceRecord } from '../../model/device.ts';
import type { SubDevice } from '../../model/message.ts';
import type { Store } from '../../ports/table.ts';
import { findDevice } from '../devices/find-device.ts';
import { updateRecord } from '../records/update-record.ts';
import { walkPartition } from '../records/walk-partition.ts';

/** Of a gateway (protocol.md 4.13). */
export const MOST_SUB_DEVICES = 1500;

type Parts = { store: Store; nowMs: () => number };

export type Related = {
  /** The bus has yet to be told of it, see noteTold. */
  isUntold: boolean;
  /** Whose sub-device it was. */
  formerGatewayIotId?: string | undefined;
};

/**
 * Gives a sub-device to a gateway, and takes it from another one: it has one, and the latest wins. Which,
 * its record in `topology_gateways` alone decides; the list in `topology` follows it. Rows of the list go
 * before that record changes and come behind it, so that a crash leaves none too many: a missing one
 * comes back when the gateway adds its sub-device again, as gateways do at every start.
 */
export async function relate(
  gatewayIotId: string,
  subDevice: SubDevice,
  parts: Parts,
): Promise<Related> {
  const gateways = parts.store.table('topology_gateways');
  const key = { partition: subDevice.iotId };
  for (;;) {
    const found = await gateways.read(key);
    const former = found?.value.gatewayIotId;
    if (found && former === gatewayIotId) {
      await listSubDevice(gatewayIotId, subDevice, parts);
      return { isUntold: found.value.untold === true };
    }
    if (former !== undefined) await unlist(former, subDevice.iotId, parts.store);
    const related = { gatewayIotId, untold: true } as const;
    const written = found
      ? await gateways.replace(key, related, found.version)
      : await gateways.insert(key, related);
    if (!written) continue;
    // Again: the former gateway may have added it at the same time.
    if (former !== undefined) await unlist(former, subDevice.iotId, parts.store);
    await listSubDevice(gatewayIotId, subDevice, parts);
    return { isUntold: true, formerGatewayIotId: former };
  }
}

/** False if the sub-device is not the gateway's. */
export async function unrelate(
  gatewayIotId: string,
  iotId: string,
  store: Store,
): Promise<boolean> {
  const gateways = store.table('topology_gateways');
  for (;;) {
    const found = await gateways.read({ partition: iotId });
    if (found?.value.gatewayIotId !== gatewayIotId) return false;
    await unlist(gatewayIotId, iotId, store);
    if (!(await gateways.remove({ partition: iotId }, found.version))) continue;
    await unlist(gatewayIotId, iotId, store);
    return true;
  }
}

/** The bus knows that the gateway has the sub-device. */
export async function noteTold(gatewayIotId: string, iotId: string, store: Store): Promise<void> {
  await updateRecord(store.table('topology_gateways'), { partition: iotId }, (related) =>
    related.gatewayIotId === gatewayIotId && related.untold ? { gatewayIotId } : related,
  );
}

/** By iotId; empty for whatever is no gateway. */
export async function subDevicesOf(
  gatewayIotId: string,
  store: Store,
): Promise<readonly SubDevice[]> {
  const subDevices: SubDevice[] = [];
  for await (const { sort: iotId, value } of walkPartition(store.table('topology'), gatewayIotId)) {
    const { productKey, deviceName } = value;
    subDevices.push({ iotId, productKey, deviceName });
  }
  return subDevices;
}

/** Undefined for a device without one, as is the next. */
export async function gatewayIotIdOf(iotId: string, store: Store): Promise<string | undefined> {
  const related = await store.table('topology_gateways').read({ partition: iotId });
  return related?.value.gatewayIotId;
}

export async function gatewayOf(iotId: string, store: Store): Promise<DeviceRecord | undefined> {
  const gatewayIotId = await gatewayIotIdOf(iotId, store);
  if (gatewayIotId === undefined) return undefined;
  const gateway = await findDevice({ iotId: gatewayIotId }, store);
  return gateway.ok ? gateway.value : undefined;
}

/** Ends those of a device that is gone, to its gateway and to its sub-devices. */
export async function removeRelations(iotId: string, store: Store): Promise<void> {
  const gatewayIotId = await gatewayIotIdOf(iotId, store);
  if (gatewayIotId !== undefined) await unrelate(gatewayIotId, iotId, store);
  for await (const { sort } of walkPartition(store.table('topology'), iotId)) {
    await unrelate(iotId, sort, store);
    await unlist(iotId, sort, store);
  }
}

/** Whoever takes the sub-device after the look removes the row himself. */
async function listSubDevice(
  gatewayIotId: string,
  { iotId, productKey, deviceName }: SubDevice,
  { store, nowMs }: Parts,
): Promise<void> {
  const row = { productKey, deviceName, addedAtMs: nowMs() };
  await store.table('topology').insert({ partition: gatewayIotId, sort: iotId }, row);
  const related = await store.table('topology_gateways').read({ partition: iotId });
  if (related?.value.gatewayIotId !== gatewayIotId) await unlist(gatewayIotId, iotId, store);
}

async function unlist(gatewayIotId: string, iotId: string, store: Store): Promise<void> {
  await store.table('topology').remove({ partition: gatewayIotId, sort: iotId });
}
