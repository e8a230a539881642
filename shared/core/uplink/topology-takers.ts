import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result } from '../../model/failure.ts';
import type { FoundBody, SubDevice } from '../../model/message.ts';
import type { Store } from '../../ports/table.ts';
import { ALINK_CODES, refuseAlink } from '../alink/alink-codes.ts';
import { findDevice } from '../devices/find-device.ts';
import { isDeviceName } from '../devices/register-device.ts';
import { findProduct } from '../products/products.ts';
import { inGroups } from '../records/in-groups.ts';
import { gatewayIotIdOf, subDevicesOf, unrelate } from '../topology/relations.ts';
import { type NamedSubDevice, readFound, readNamed } from '../topology/topo-requests.ts';
import { foundContent, topologyContent } from '../topology/topology-message.ts';
import type { Answer, Judged, UplinkParts } from './uplink.ts';

export const NO_TOPOLOGY = refuseAlink(ALINK_CODES.topoNotExist);

/** Devices of other products are without sub-devices. */
export const isGateway = ({ product }: Judged): boolean => product.record.nodeType === 1;

/** `thing/topo/get`. */
export async function getTopology(
  _: unknown,
  judged: Judged,
  { store }: UplinkParts,
): Promise<Result<Answer>> {
  if (!isGateway(judged)) return ok({ data: [] });
  const subDevices = await subDevicesOf(judged.uplink.device.iotId, store);
  return ok({
    data: subDevices.map(({ deviceName, productKey }) => ({ deviceName, productKey })),
  });
}

/** `thing/topo/delete`. All or none: refuses with `alink-refused` 6100, 6401. */
export async function deleteTopology(
  params: unknown,
  judged: Judged,
  { store }: UplinkParts,
): Promise<Result<Answer>> {
  if (!isGateway(judged)) return NO_TOPOLOGY;
  const { device: gateway } = judged.uplink;
  const named = readNamed(params);
  if (!named.ok) return named;
  const own = await findOwn(named.value, gateway.iotId, store);
  if (!own.ok) return own;
  const devices: SubDevice[] = [];
  for (const [iotId, subDevice] of own.value) {
    if (await unrelate(gateway.iotId, iotId, store)) devices.push(subDevice);
  }
  if (devices.length === 0) return NO_TOPOLOGY;
  const content = topologyContent({ action: 'delete', gateway, devices }, judged.nowMs);
  return ok({ data: {}, content });
}

/** By iotId: a device that is named twice is one. */
async function findOwn(
  named: readonly NamedSubDevice[],
  gatewayIotId: string,
  store: Store,
): Promise<Result<ReadonlyMap<string, SubDevice>>> {
  const own = new Map<string, SubDevice>();
  for (const group of inGroups(named, DEVICES_AT_ONCE)) {
    const found = await Promise.all(group.map((name) => findSubDevice(name, gatewayIotId, store)));
    for (const subDevice of found) {
      if (!subDevice.ok) return subDevice;
      own.set(subDevice.value.iotId, subDevice.value);
    }
  }
  return ok(own);
}

async function findSubDevice(
  name: NamedSubDevice,
  gatewayIotId: string,
  store: Store,
): Promise<Result<DeviceRecord>> {
  const device = await findDevice(name, store);
  if (!device.ok) return refuseAlink(ALINK_CODES.deviceNotFound);
  const related = await gatewayIotIdOf(device.value.iotId, store);
  return related === gatewayIotId ? device : NO_TOPOLOGY;
}

/**
 * `thing/list/found`: for whoever decides which of the devices become the gateway's. Refuses with
 * `alink-refused` 6250, 6280.
 */
export async function tellFound(
  params: unknown,
  judged: Judged,
  { store }: UplinkParts,
): Promise<Result<Answer>> {
  if (!isGateway(judged)) return NO_TOPOLOGY;
  const found = readFound(params);
  if (!found.ok) return found;
  const productKeys = new Set(found.value.map(({ productKey }) => productKey));
  for (const productKey of productKeys) {
    const product = await findProduct(productKey, store);
    if (!product.ok) return refuseAlink(ALINK_CODES.productNotFound);
  }
  const isMisnamed = found.value.some(
    ({ deviceName }) => deviceName !== undefined && !isDeviceName(deviceName),
  );
  if (isMisnamed) return refuseAlink(ALINK_CODES.deviceNameMalformed);
  const devices: FoundDevice[] = [];
  for (const group of inGroups(found.value, DEVICES_AT_ONCE)) {
    devices.push(...(await Promise.all(group.map((one) => withIotId(one, store)))));
  }
  return ok({ data: {}, content: foundContent(judged.uplink.device, devices) });
}

type FoundDevice = FoundBody['devices'][number];

async function withIotId(one: FoundDevice, store: Store): Promise<FoundDevice> {
  const { productKey, deviceName } = one;
  if (deviceName === undefined) return one;
  const registered = await findDevice({ productKey, deviceName }, store);
  return registered.ok ? { iotId: registered.value.iotId, productKey, deviceName } : one;
}

/** What is read at once must not flood a remote store. */
const DEVICES_AT_ONCE = 100;
