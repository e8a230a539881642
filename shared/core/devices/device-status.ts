import type { DeviceRecord } from '../../model/device.ts';

/** As the OpenAPI spells it (protocol.md 7.2). */
export type DeviceStatus = 'ONLINE' | 'OFFLINE' | 'UNACTIVE' | 'DISABLE';

/** A device that speaks HTTP is online for 10 minutes after a message (protocol.md 1.1). */
export const HTTP_PRESENCE_MS = 10 * 60 * 1000;

/** What is known of a device beside its record. */
export type SignsOfLife = {
  /** Over MQTT, as its last status message has it. */
  isConnected: boolean;
  /** 0 before the first one. */
  lastHttpMessageAtMs: number;
};

export function deviceStatus(
  { status }: Pick<DeviceRecord, 'status'>,
  { isConnected, lastHttpMessageAtMs }: SignsOfLife,
  nowMs: number,
): DeviceStatus {
  if (status === 'DISABLED') return 'DISABLE';
  if (status === 'UNACTIVE') return 'UNACTIVE';
  return isConnected || nowMs - lastHttpMessageAtMs < HTTP_PRESENCE_MS ? 'ONLINE' : 'OFFLINE';
}
