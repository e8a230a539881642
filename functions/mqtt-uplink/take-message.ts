import type { DeviceDirectory } from '../../shared/core/devices/device-directory.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { readOwner } from '../../shared/core/mqtt/login.ts';
import { parseTopic, refuseTopic } from '../../shared/core/topic/parse-topic.ts';
import { takeUplink } from '../../shared/core/uplink/take-uplink.ts';
import type { UplinkParts } from '../../shared/core/uplink/uplink.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { Downlink, DownlinkMessage } from '../../shared/ports/downlink.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Store } from '../../shared/ports/table.ts';

/** What a device published, as its broker hands it over. The broker has let the device in. */
export type BrokerMessage = {
  topic: string;
  payload: Buffer;
  /** Of the connection, where the broker tells it: `deviceName&productKey`, or an iotId. */
  username?: string;
};

export type TakeMessageParts = UplinkParts & {
  directory: DeviceDirectory;
  downlink: Pick<Downlink, 'publish'>;
  log: Log;
};

/**
 * Takes one message and sends the device what the platform replies. The messageId once the bus has it
 * for good; a refusal is final. Rejects on a fault: the message has to come again, and nothing was
 * said to the device. No rate is counted: the broker has acknowledged the message, and it comes when its
 * turn is, after an outage thousands at once.
 */
export async function takeMessage(
  message: BrokerMessage,
  parts: TakeMessageParts,
): Promise<Result<string>> {
  const { topic, payload: body } = message;
  const device = await admit(message, parts);
  const taken = device.ok
    ? await takeUplink(
        { device: device.value, topic, body, transport: 'mqtt', wantsReplies: true },
        parts,
      )
    : { outcome: device, replies: [] };
  const { outcome, replies } = taken;
  if (!outcome.ok && outcome.failure.kind === 'publish-failed') {
    throw new Error(`the bus did not take the message: ${outcome.failure.reason}`);
  }
  for (const reply of replies) await send(reply, parts);
  if (!outcome.ok) parts.log.warn({ topic, refused: outcome.failure }, 'message refused');
  return outcome;
}

/** The device that the topic names. A broker that tells who is connected is held to it. */
async function admit(
  message: BrokerMessage,
  { directory, store }: TakeMessageParts,
): Promise<Result<DeviceRecord>> {
  const { topic, username } = message;
  const name = await nameOf(message, store);
  if (!name.ok) return name;
  const { productKey, deviceName } = name.value;
  const device = await directory.find(`${productKey}/${deviceName}`);
  if (!device) return refuse({ kind: 'unknown-device', productKey, deviceName });
  if (device.status === 'DISABLED') {
    return refuse({ kind: 'device-disabled', productKey, deviceName });
  }
  const isOwner =
    username === undefined ||
    username === `${deviceName}&${productKey}` ||
    username === device.iotId;
  if (!isOwner) return refuseTopic(topic, 'not a topic of this device');
  return ok(device);
}

/** An answer over custom RRPC is of whoever is connected: its topic need not name him (protocol.md 3.11). */
async function nameOf(
  { topic, username }: BrokerMessage,
  store: Store,
): Promise<Result<{ productKey: string; deviceName: string }>> {
  const parsed = parseTopic(topic);
  if (!parsed.ok) return parsed;
  if (parsed.value.family === 'broadcast')
    return refuseTopic(topic, 'devices do not publish to it');
  if (parsed.value.family !== 'rrpc' || username === undefined) return ok(parsed.value);
  const owner = readOwner(username);
  return owner.ok ? findDevice(owner.value, store) : owner;
}

/** A reply that fails is not worth the message: with it, that would come a second time. */
async function send(
  reply: DownlinkMessage,
  { downlink, log }: Pick<TakeMessageParts, 'downlink' | 'log'>,
): Promise<void> {
  try {
    await downlink.publish(reply);
  } catch (error) {
    log.error({ topic: reply.topic, error }, 'a reply did not reach the broker');
  }
}
