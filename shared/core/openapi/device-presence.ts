import type { DeviceRecord } from '../../model/device.ts';
import type { PresenceRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { type DeviceStatus, deviceStatus, HTTP_PRESENCE_MS } from '../devices/device-status.ts';

export type DevicePresence = {
  status: DeviceStatus;
  /** Since when the device has it; over HTTP since the latest message, as the first is not kept. */
  sinceMs: number;
  /** When it last came online, over HTTP with every message; null before the first time. */
  onlineAtMs: number | null;
  /** Of its last connection; empty if it never had one. */
  clientIp: string;
};

/** Whether a device is there, from its record, its connection and its messages over HTTP. */
export async function findPresence(
  device: DeviceRecord,
  store: Store,
  nowMs: number,
): Promise<DevicePresence> {
  const key = { partition: device.iotId };
  const [state, presence] = await Promise.all([
    store.table('thing_state').read(key),
    store.table('presence').read(key),
  ]);
  const known = {
    presence: presence?.value,
    lastHttpMessageAtMs: state?.value.lastMessageAtMs ?? 0,
  };
  const signs = { ...known, isConnected: known.presence?.status === 'online' };
  const status = deviceStatus(device, signs, nowMs);
  const onlineAtMs = Math.max(known.presence?.onlineAtMs ?? 0, known.lastHttpMessageAtMs);
  return {
    status,
    sinceMs: statusSinceMs(status, device, known),
    onlineAtMs: onlineAtMs === 0 ? null : onlineAtMs,
    clientIp: known.presence?.clientIp ?? '',
  };
}

type Known = { presence: PresenceRecord | undefined; lastHttpMessageAtMs: number };

function statusSinceMs(
  status: DeviceStatus,
  device: DeviceRecord,
  { presence, lastHttpMessageAtMs }: Known,
): number {
  switch (status) {
    case 'DISABLE':
      return device.modifiedAtMs;
    case 'UNACTIVE':
      return device.createdAtMs;
    case 'ONLINE':
      return presence?.status === 'online' ? presence.changedAtMs : lastHttpMessageAtMs;
    case 'OFFLINE': {
      const httpEndMs = lastHttpMessageAtMs === 0 ? 0 : lastHttpMessageAtMs + HTTP_PRESENCE_MS;
      const leftAtMs = Math.max(presence?.changedAtMs ?? 0, httpEndMs);
      return leftAtMs === 0 ? device.modifiedAtMs : leftAtMs;
    }
  }
}
