import { findDevice } from '../../../shared/core/devices/find-device.ts';
import { type CallOutcome, callDevice } from '../../../shared/core/downlink/call-device.ts';
import { checkPayload, MOST_PAYLOAD_BYTES } from '../../../shared/core/downlink/delivery.ts';
import { readRrpcTopic } from '../../../shared/core/downlink/downlink-topics.ts';
import type { TopicOwner } from '../../../shared/core/topic/may-publish.ts';
import { ok, type Result } from '../../../shared/model/failure.ts';
import type { Action, Actions } from '../action.ts';
import { anyText, base64, integer, keyText } from '../decoders.ts';
import { rawNumber } from '../envelope.ts';
import { optional, type Parameters, readAll, required } from '../parameters.ts';

const LEAST_TIMEOUT_MS = 1_000;
const MOST_TIMEOUT_MS = 8_000;

/** What became of it is in `RrpcCode`, and no failure of the call (protocol.md 7.4). */
const rrpc: Action = async (parameters, parts) => {
  const read = readAll(
    {
      productKey: required('ProductKey', keyText),
      deviceName: required('DeviceName', keyText),
      payload: required('RequestBase64Byte', base64),
      timeoutMs: required('Timeout', integer(LEAST_TIMEOUT_MS, MOST_TIMEOUT_MS)),
    },
    parameters,
  );
  if (!read.ok) return read;
  const { productKey, deviceName, payload, timeoutMs } = read.value;
  const fits = checkPayload(payload, MOST_PAYLOAD_BYTES);
  if (!fits.ok) return fits;
  const topic = readTopic(parameters, { productKey, deviceName });
  if (!topic.ok) return topic;
  const device = await findDevice({ productKey, deviceName }, parts.store);
  if (!device.ok) return device;
  const messageId = await parts.newMessageId();
  const call = { device: device.value, messageId, payload, timeoutMs, ...topic.value };
  const outcome = await callDevice(call, parts);
  return outcome.ok
    ? ok({ MessageId: rawNumber(messageId), ...membersOf(outcome.value) })
    : outcome;
};

function readTopic(parameters: Parameters, device: TopicOwner): Result<{ customTopic?: string }> {
  const sent = optional('Topic', anyText)(parameters);
  if (!sent.ok) return sent;
  if (sent.value === undefined) return ok({});
  const topic = readRrpcTopic(sent.value, device);
  return topic.ok ? ok({ customTopic: topic.value }) : topic;
}

function membersOf(outcome: CallOutcome) {
  if (outcome.code !== 'SUCCESS') return { RrpcCode: outcome.code };
  const PayloadBase64Byte = Buffer.from(outcome.payload).toString('base64');
  return { RrpcCode: outcome.code, PayloadBase64Byte };
}

export const rrpcActions: Actions = { RRpc: rrpc };
