import type { DeviceRecord } from '../../model/device.ts';
import type { FoundBody, Message, SubDevice, TopologyBody } from '../../model/message.ts';
import type { LifecycleParts } from '../lifecycle/tell-lifecycle.ts';
import { inGroups } from '../records/in-groups.ts';

type Gateway = Pick<DeviceRecord, 'iotId' | 'productKey' | 'deviceName'>;

type TopologyChange = {
  action: TopologyBody['action'];
  gateway: Gateway;
  devices: readonly SubDevice[];
};

/** What the platform routes when a gateway gets or loses sub-devices (protocol.md 8.3). */
export function topologyContent(
  { action, gateway, devices }: TopologyChange,
  nowMs: number,
): Pick<Message, 'kind' | 'topic' | 'body'> {
  const body: TopologyBody = {
    action,
    ...namesOf(gateway),
    devices: devices.map(({ iotId, productKey, deviceName }) => ({
      iotId,
      productKey,
      deviceName,
    })),
    messageCreateTime: nowMs,
  };
  const topic = `/${gateway.productKey}/${gateway.deviceName}/thing/topo/lifecycle`;
  return { kind: 'topology', topic, body: Buffer.from(JSON.stringify(body)) };
}

/** What the platform routes when a gateway has found devices (protocol.md 8.3). */
export function foundContent(
  gateway: Gateway,
  devices: FoundBody['devices'],
): Pick<Message, 'kind' | 'topic' | 'body'> {
  const body: FoundBody = { ...namesOf(gateway), devices };
  const topic = `/${gateway.productKey}/${gateway.deviceName}/thing/list/found`;
  return { kind: 'found', topic, body: Buffer.from(JSON.stringify(body)) };
}

/** Tells the bus of relations that were made or ended. Rejects on a fault of it. */
export async function publishTopology(
  change: TopologyChange,
  transport: Message['transport'],
  { bus, newMessageId, nowMs }: LifecycleParts,
): Promise<void> {
  const { productKey, deviceName, iotId } = change.gateway;
  for (const devices of inGroups(change.devices, DEVICES_A_MESSAGE)) {
    const atMs = nowMs();
    await bus.publish({
      ...topologyContent({ ...change, devices }, atMs),
      messageId: await newMessageId(),
      productKey,
      deviceName,
      iotId,
      generateTimeMs: atMs,
      transport,
    });
  }
}

/** A hundred bytes each: one message of all that a gateway may have would be as large as none of a device is. */
const DEVICES_A_MESSAGE = 500;

function namesOf({ iotId, productKey, deviceName }: Gateway) {
  return { gwIotId: iotId, gwProductKey: productKey, gwDeviceName: deviceName };
}
