import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result } from '../../model/failure.ts';
import { ALINK_CODES, refuseAlink } from '../alink/alink-codes.ts';
import { openDeviceSecret } from '../devices/device-secret.ts';
import { findDevice } from '../devices/find-device.ts';
import { inGroups } from '../records/in-groups.ts';
import { refuseMismatch } from '../signing/refuse-mismatch.ts';
import { type SubDeviceFields, verifySubDeviceSign } from '../signing/sub-device-sign.ts';
import {
  MOST_SUB_DEVICES,
  noteTold,
  type Related,
  relate,
  subDevicesOf,
  unrelate,
} from '../topology/relations.ts';
import { readSigned } from '../topology/topo-requests.ts';
import { publishTopology, topologyContent } from '../topology/topology-message.ts';
import { isGateway, NO_TOPOLOGY } from './topology-takers.ts';
import type { Answer, Judged, UplinkParts } from './uplink.ts';

/**
 * `thing/topo/add` (protocol.md 4.13). All or none are added; those that the gateway has already count as
 * added, and nobody is told of them. A gateway that loses one is told of on the bus before. Refuses with
 * `alink-refused` 460, 6100, 6204, 6400, 6402 and with `signature-mismatch`.
 */
export async function addTopology(
  params: unknown,
  judged: Judged,
  parts: UplinkParts,
): Promise<Result<Answer>> {
  if (!isGateway(judged)) return NO_TOPOLOGY;
  const { device: gateway } = judged.uplink;
  const signed = readSigned(params);
  if (!signed.ok) return signed;
  const wanted = await findWanted(signed.value, gateway, parts);
  if (!wanted.ok) return wanted;
  if (await wouldBeTooMany(wanted.value, gateway, parts)) {
    return refuseAlink(ALINK_CODES.topoCountExceeded);
  }
  const added = await addAll(wanted.value, gateway, parts);
  await tellFormerGateways(added, judged, parts);
  const devices = added.flatMap(({ device, isUntold }) => (isUntold ? [device] : []));
  const data = signed.value.map(({ deviceName, productKey }) => ({ deviceName, productKey }));
  if (devices.length === 0) return ok({ data });
  const content = topologyContent({ action: 'create', gateway, devices }, judged.nowMs);
  const whenPublished = async () => {
    for (const { iotId } of devices) await noteTold(gateway.iotId, iotId, parts.store);
  };
  return ok({ data, content, whenPublished });
}

type Wanted = ReadonlyMap<string, DeviceRecord>;

type Added = Related & { device: DeviceRecord };

/** By iotId: a device that is named twice is one. */
async function findWanted(
  signed: readonly SubDeviceFields[],
  gateway: DeviceRecord,
  parts: UplinkParts,
): Promise<Result<Wanted>> {
  const wanted = new Map<string, DeviceRecord>();
  for (const group of inGroups(signed, DEVICES_AT_ONCE)) {
    const found = await Promise.all(group.map((fields) => judgeSubDevice(fields, gateway, parts)));
    for (const device of found) {
      if (!device.ok) return device;
      wanted.set(device.value.iotId, device.value);
    }
  }
  return ok(wanted);
}

async function judgeSubDevice(
  fields: SubDeviceFields,
  gateway: DeviceRecord,
  { store, sealing }: UplinkParts,
): Promise<Result<DeviceRecord>> {
  const { productKey, deviceName } = fields;
  const found = await findDevice({ productKey, deviceName }, store);
  if (!found.ok) return refuseAlink(ALINK_CODES.deviceNotFound);
  const device = found.value;
  if (device.iotId === gateway.iotId) return refuseAlink(ALINK_CODES.topoWithSelf);
  const verified = verifySubDeviceSign(fields, openDeviceSecret(device, sealing));
  if (!verified.ok) return refuseMismatch(verified, fields);
  return device.status === 'DISABLED' ? refuseAlink(ALINK_CODES.deviceDisabled) : ok(device);
}

async function wouldBeTooMany(
  wanted: Wanted,
  { iotId }: DeviceRecord,
  { store }: UplinkParts,
): Promise<boolean> {
  const own = await subDevicesOf(iotId, store);
  return (
    new Set([...own.map((subDevice) => subDevice.iotId), ...wanted.keys()]).size > MOST_SUB_DEVICES
  );
}

/** One that is deleted meanwhile is left out. */
async function addAll(
  wanted: Wanted,
  gateway: DeviceRecord,
  parts: UplinkParts,
): Promise<readonly Added[]> {
  const added: Added[] = [];
  for (const group of inGroups([...wanted.values()], DEVICES_AT_ONCE)) {
    const done = await Promise.all(group.map((device) => add(device, gateway, parts)));
    added.push(...done.filter((one) => one !== undefined));
  }
  return added;
}

/** deleteDevice ends relations after it has removed the record: one of both sees the other. */
async function add(
  device: DeviceRecord,
  gateway: DeviceRecord,
  parts: UplinkParts,
): Promise<Added | undefined> {
  const { productKey, deviceName, iotId } = device;
  const related = await relate(gateway.iotId, { iotId, productKey, deviceName }, parts);
  if (!related.isUntold) return { ...related, device };
  const standing = await Promise.all(
    [device, gateway].map((one) => findDevice({ iotId: one.iotId }, parts.store)),
  );
  if (standing.every(({ ok: isThere }) => isThere)) return { ...related, device };
  await unrelate(gateway.iotId, iotId, parts.store);
  return undefined;
}

async function tellFormerGateways(
  added: readonly Added[],
  { uplink }: Judged,
  parts: UplinkParts,
): Promise<void> {
  const lost = new Map<string, DeviceRecord[]>();
  for (const { device, formerGatewayIotId } of added) {
    if (formerGatewayIotId === undefined) continue;
    lost.set(formerGatewayIotId, [...(lost.get(formerGatewayIotId) ?? []), device]);
  }
  for (const [iotId, devices] of lost) {
    const gateway = await findDevice({ iotId }, parts.store);
    if (!gateway.ok) continue;
    const change = { action: 'delete', gateway: gateway.value, devices } as const;
    await publishTopology(change, uplink.transport, parts);
  }
}

/** What is read and written at once must not flood a remote store. */
const DEVICES_AT_ONCE = 100;
