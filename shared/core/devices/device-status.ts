import type { DeviceRecord } from '../../model/device.ts';

/** As the OpenAPI spells it (protocol.md 7.2). */
export type DeviceStatus = 'ONLINE' | 'OFFLINE' | 'UNACTIVE' | 'DISABLE';

/** A device that speaks HTTP is online for 10 minutes after a message (protocol.md 1.1). */
export const HTTP_PRESENCE_MS = 10 * 60 * 1000;

export function deviceStatus(
  device: DeviceRecord,
  lastMessageAtMs: number,
  nowMs: number,
): DeviceStatus {
  if (device.status === 'DISABLED') return 'DISABLE';
  if (device.status === 'UNACTIVE') return 'UNACTIVE';
  return nowMs - lastMessageAtMs < HTTP_PRESENCE_MS ? 'ONLINE' : 'OFFLINE';
}
