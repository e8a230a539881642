import { findDevice } from '../../shared/core/devices/find-device.ts';
import type { MessageIdSource } from '../../shared/core/message-id/message-id-source.ts';
import { readOwner } from '../../shared/core/mqtt/login.ts';
import { statusMessage } from '../../shared/core/mqtt/status-message.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { MessageBus } from '../../shared/ports/message-bus.ts';
import type { Store } from '../../shared/ports/table.ts';

/** That a connection began or ended, as the broker tells it. */
export type ConnectionChange = {
  status: 'online' | 'offline';
  clientId: string;
  username: string;
  clientIp: string;
  /** UTC milliseconds. */
  atMs: number;
  /** The same client id has connected again: it did not go. */
  isTakenOver: boolean;
};

export type TakeConnectionParts = {
  store: Store;
  bus: Pick<MessageBus, 'publish'>;
  newMessageId: MessageIdSource;
};

/**
 * Tells the bus that the device came or went; the messageId, or that there was nothing to tell. The
 * end of a connection in whose place another has come is no change. Rejects on a fault.
 */
export async function takeConnection(
  change: ConnectionChange,
  parts: TakeConnectionParts,
): Promise<Result<string>> {
  const device = await findOwner(change.username, parts.store);
  if (!device.ok) return device;
  if (await isReplaced(change, device.value, parts.store)) {
    const { productKey, deviceName } = device.value;
    return refuse({ kind: 'connection-replaced', productKey, deviceName });
  }
  const { status, atMs, clientIp } = change;
  const messageId = await parts.newMessageId();
  await parts.bus.publish(
    statusMessage({
      device: device.value,
      status,
      atMs,
      // A broker does not tell of the last packet before.
      lastAtMs: atMs,
      clientIp,
      messageId,
      transport: 'mqtt',
    }),
  );
  return ok(messageId);
}

/** A username that no table can hold is refused for good: as a fault it would come again for ever. */
async function findOwner(username: string, store: Store): Promise<Result<DeviceRecord>> {
  const owner = readOwner(username);
  return owner.ok ? findDevice(owner.value, store) : owner;
}

/** The sign-in has noted the newest client id of the device. */
async function isReplaced(
  { status, clientId, isTakenOver }: ConnectionChange,
  { iotId }: DeviceRecord,
  store: Store,
): Promise<boolean> {
  if (status === 'online') return false;
  if (isTakenOver) return true;
  const newest = await store.table('mqtt_connections').read({ partition: iotId });
  return newest !== undefined && newest.value.clientId !== clientId;
}
