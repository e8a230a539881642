import type { DeviceRecord } from '../../model/device.ts';
import type { Message, StatusBody } from '../../model/message.ts';

type StatusChange = {
  device: Pick<DeviceRecord, 'productKey' | 'deviceName' | 'iotId'>;
  status: StatusBody['status'];
  /** Of this change, and of the last packet before it; UTC milliseconds. */
  atMs: number;
  lastAtMs: number;
  clientIp: string;
  messageId: string;
} & Pick<Message, 'transport'>;

/** That a device came or went, as the platform tells it (protocol.md 8.3). */
export function statusMessage(change: StatusChange): Message {
  const { device, status, atMs, lastAtMs, clientIp, messageId, transport } = change;
  const { productKey, deviceName, iotId } = device;
  const at = stampsOf(atMs);
  const last = lastAtMs === atMs ? at : stampsOf(lastAtMs);
  const body: StatusBody = {
    status,
    iotId,
    productKey,
    deviceName,
    time: at.local,
    utcTime: at.utc,
    lastTime: last.local,
    utcLastTime: last.utc,
    clientIp,
  };
  return {
    messageId,
    kind: 'status',
    topic: `/as/mqtt/status/${productKey}/${deviceName}`,
    productKey,
    deviceName,
    iotId,
    generateTimeMs: atMs,
    transport,
    body: Buffer.from(JSON.stringify(body)),
  };
}

const UTC_PLUS_8_MS = 8 * 60 * 60 * 1000;

/** `local` is `yyyy-MM-dd HH:mm:ss.SSS` of UTC+8. */
function stampsOf(timeMs: number): { utc: string; local: string } {
  const local = new Date(timeMs + UTC_PLUS_8_MS).toISOString().slice(0, 23).replace('T', ' ');
  return { utc: new Date(timeMs).toISOString(), local };
}
