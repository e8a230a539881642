import { findDevice } from '../../../shared/core/devices/find-device.ts';
import {
  checkPayload,
  MOST_PAYLOAD_BYTES,
  refuseFlood,
} from '../../../shared/core/downlink/delivery.ts';
import {
  checkBroadcastTopic,
  readPubTopic,
} from '../../../shared/core/downlink/downlink-topics.ts';
import { broadcastToAll } from '../../../shared/core/downlink/full-broadcast.ts';
import { findProduct } from '../../../shared/core/products/products.ts';
import { ok, type Result, refuse } from '../../../shared/model/failure.ts';
import type { DownlinkMessage } from '../../../shared/ports/downlink.ts';
import type { Action, ActionParts, Actions } from '../action.ts';
import { anyText, base64, keyText, oneOf } from '../decoders.ts';
import { rawNumber } from '../envelope.ts';
import { optional, readAll, required, withDefault } from '../parameters.ts';

/** A broadcast has less room than a message (protocol.md 7.4). */
const MOST_BROADCAST_BYTES = 64 * 1024;

const QOS = { '0': 0, '1': 1 } as const;

/** What MQTT 5 adds (UserProp, ResponseTopic, CorrelationData) is not passed on. */
const pub: Action = async (parameters, parts) => {
  const read = readAll(
    {
      productKey: required('ProductKey', keyText),
      topic: required('TopicFullName', anyText),
      payload: required('MessageContent', base64),
      qos: withDefault('Qos', oneOf<0 | 1>(QOS), 0),
      deviceName: optional('DeviceName', keyText),
    },
    parameters,
  );
  if (!read.ok) return read;
  const { productKey, topic, payload, qos } = read.value;
  const fits = checkPayload(payload, MOST_PAYLOAD_BYTES);
  if (!fits.ok) return fits;
  const target = readPubTopic(topic, productKey);
  if (!target.ok) return target;
  const { deviceName } = target.value;
  if ((read.value.deviceName ?? deviceName) !== deviceName) return OTHER_DEVICE;
  const device = await findDevice({ productKey, deviceName }, parts.store);
  if (!device.ok) return device;
  const messageId = await parts.newMessageId();
  const sent = await send({ productKey, deviceName, topic, payload, qos }, messageId, parts);
  return sent.ok ? ok({ MessageId: messageId }) : sent;
};

const OTHER_DEVICE = refuse({
  kind: 'invalid-parameter',
  parameter: 'TopicFullName',
  reason: 'a topic of another device',
});

/** A message of Pub is on its own: that it reaches nobody is for the log alone (protocol.md 7.4). */
async function send(
  message: DownlinkMessage,
  messageId: string,
  { downlink, log }: ActionParts,
): Promise<Result<void>> {
  const delivery = refuseFlood(await downlink.publish(message));
  if (!delivery.ok) return delivery;
  if (delivery.value === 'offline' || delivery.value === 'unsubscribed') {
    const { productKey, deviceName, topic } = message;
    const fields = { messageId, productKey, deviceName, topic, delivery: delivery.value };
    log.info(fields, 'message reaches nobody');
  }
  return ok(undefined);
}

const pubBroadcast: Action = async (parameters, parts) => {
  const read = readAll(
    {
      productKey: required('ProductKey', keyText),
      topic: optional('TopicFullName', anyText),
      payload: required('MessageContent', base64),
    },
    parameters,
  );
  if (!read.ok) return read;
  const { productKey, topic, payload } = read.value;
  const fits = checkPayload(payload, MOST_BROADCAST_BYTES);
  if (!fits.ok) return fits;
  const product = await findProduct(productKey, parts.store);
  if (!product.ok) return product;
  const messageId = await parts.newMessageId();
  const done =
    topic === undefined
      ? await broadcastToAll({ productKey, messageId, payload }, parts)
      : await broadcastOn(topic, { productKey, payload }, parts);
  return done.ok ? ok({ MessageId: rawNumber(messageId) }) : done;
};

async function broadcastOn(
  topic: string,
  { productKey, payload }: { productKey: string; payload: Uint8Array },
  { downlink }: ActionParts,
): Promise<Result<void>> {
  const checked = checkBroadcastTopic(topic, productKey);
  if (!checked.ok) return checked;
  await downlink.broadcast({ productKey, topic, payload });
  return ok(undefined);
}

export const messageActions: Actions = { Pub: pub, PubBroadcast: pubBroadcast };
