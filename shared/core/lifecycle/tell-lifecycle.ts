import type { DeviceRecord } from '../../model/device.ts';
import type { LifecycleBody, Message } from '../../model/message.ts';
import type { MessageBus } from '../../ports/message-bus.ts';
import type { Store } from '../../ports/table.ts';
import type { MessageIdSource } from '../message-id/message-id-source.ts';
import { updateRecord } from '../records/update-record.ts';

/** What it takes to tell the bus of devices and their relations. */
export type LifecycleParts = {
  store: Store;
  bus: Pick<MessageBus, 'publish'>;
  newMessageId: MessageIdSource;
  nowMs: () => number;
};

/**
 * Tells the bus what the record notes as untold, and takes the note out of it; does nothing where there is
 * none. The note is written with the change: where the bus does not take the message, or the process ends
 * before, whoever comes upon the record next tells it, and the message may come twice. Rejects on a fault
 * of the bus.
 */
export async function tellLifecycle(
  device: DeviceRecord,
  transport: Message['transport'],
  parts: LifecycleParts,
): Promise<void> {
  const { untold: action, productKey, deviceName, iotId } = device;
  if (action === undefined) return;
  await publish({ action, device, transport }, parts);
  const key = { partition: productKey, sort: deviceName };
  await updateRecord(parts.store.table('devices'), key, (standing) => {
    if (standing.iotId !== iotId || standing.untold !== action) return standing;
    const { untold: _, ...told } = standing;
    return told;
  });
}

/** Tells the bus that a device was deleted. There is no record left to note it in: a crash before loses it. */
export async function tellDeleted(
  device: DeviceRecord,
  transport: Message['transport'],
  parts: LifecycleParts,
): Promise<void> {
  await publish({ action: 'delete', device, transport }, parts);
}

type Change = {
  action: LifecycleBody['action'];
  device: DeviceRecord;
  transport: Message['transport'];
};

/** With the secret as the record has it, sealed: the bus keeps messages on the disk. */
async function publish(
  { action, device, transport }: Change,
  { bus, newMessageId, nowMs }: LifecycleParts,
): Promise<void> {
  const { productKey, deviceName, iotId, sealedSecret } = device;
  const atMs = nowMs();
  const body: LifecycleBody = {
    action,
    iotId,
    productKey,
    deviceName,
    ...(action === 'create' && { deviceSecret: sealedSecret }),
    messageCreateTime: atMs,
  };
  await bus.publish({
    messageId: await newMessageId(),
    kind: 'lifecycle',
    topic: `/${productKey}/${deviceName}/thing/lifecycle`,
    productKey,
    deviceName,
    iotId,
    generateTimeMs: atMs,
    transport,
    body: Buffer.from(JSON.stringify(body)),
  });
}
