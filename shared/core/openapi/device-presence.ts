import type { DeviceRecord } from '../../model/device.ts';
import type { Store } from '../../ports/table.ts';
import { type DeviceStatus, deviceStatus, HTTP_PRESENCE_MS } from '../devices/device-status.ts';

export type DevicePresence = {
  status: DeviceStatus;
  /** Since when the device has it; for ONLINE the latest message, since the first is not kept. */
  sinceMs: number;
  /** Null before the first message. */
  lastMessageAtMs: number | null;
};

/** Whether a device is there, from its record and from when it was last heard. */
export async function findPresence(
  device: DeviceRecord,
  store: Store,
  nowMs: number,
): Promise<DevicePresence> {
  const state = await store.table('thing_state').read({ partition: device.iotId });
  const lastMessageAtMs = state?.value.lastMessageAtMs ?? null;
  const status = deviceStatus(device, lastMessageAtMs ?? 0, nowMs);
  return { status, sinceMs: statusSinceMs(status, device, lastMessageAtMs), lastMessageAtMs };
}

function statusSinceMs(
  status: DeviceStatus,
  device: DeviceRecord,
  lastMessageAtMs: number | null,
): number {
  switch (status) {
    case 'DISABLE':
      return device.modifiedAtMs;
    case 'UNACTIVE':
      return device.createdAtMs;
    case 'ONLINE':
      return lastMessageAtMs ?? device.modifiedAtMs;
    case 'OFFLINE':
      return lastMessageAtMs === null ? device.modifiedAtMs : lastMessageAtMs + HTTP_PRESENCE_MS;
  }
}
