import { alinkDownlink, newAlinkId } from '../../../shared/core/alink/alink-downlink.ts';
import { gatewayOf, subDevicesOf } from '../../../shared/core/topology/relations.ts';
import { publishTopology } from '../../../shared/core/topology/topology-message.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import type { SubDevice } from '../../../shared/model/message.ts';
import type { Store } from '../../../shared/ports/table.ts';
import type { ActionParts } from '../action.ts';
import { tellDevice } from './tell-device.ts';

/** A gateway, and sub-devices of it. */
type Relations = { gateway: DeviceRecord; devices: readonly SubDevice[] };

/** Those to its gateway and to its sub-devices. Read them before they end. */
export async function relationsOf(
  device: DeviceRecord,
  store: Store,
): Promise<readonly Relations[]> {
  const [gateway, devices] = await Promise.all([
    gatewayOf(device.iotId, store),
    subDevicesOf(device.iotId, store),
  ]);
  const relations: Relations[] = [];
  if (gateway) relations.push({ gateway, devices: [device] });
  if (devices.length > 0) relations.push({ gateway: device, devices });
  return relations;
}

/** Tells the bus, and each gateway (protocol.md 4.13); one that is deleted hears nothing. */
export async function tellEnded(
  relations: readonly Relations[],
  parts: ActionParts,
): Promise<void> {
  for (const { gateway, devices } of relations) {
    const { productKey, deviceName } = gateway;
    const subList = devices.map((device) => ({
      productKey: device.productKey,
      deviceName: device.deviceName,
    }));
    const method = 'thing.topo.change';
    const params = { status: DELETED, subList };
    const id = newAlinkId(parts.randomBytes);
    await tellDevice(alinkDownlink({ productKey, deviceName, method, id, params }), parts);
    await publishTopology({ action: 'delete', gateway, devices }, 'api', parts);
  }
}

/** Of `thing.topo.change` (protocol.md 4.13). */
const DELETED = 1;
