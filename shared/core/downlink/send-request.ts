import { ok, type Result, refuse } from '../../model/failure.ts';
import type { Downlink } from '../../ports/downlink.ts';
import { ALINK_CODES, refuseAlink } from '../alink/alink-codes.ts';
import { alinkDownlink, alinkRequest, newAlinkId } from '../alink/alink-downlink.ts';
import { answerCode } from '../alink/answer-code.ts';
import { readJsonObject } from '../alink/decode-json.ts';
import type { JsonObject } from '../alink/json-object.ts';
import { isShallow } from '../alink/parse-alink-request.ts';
import type { MessageIdSource } from '../message-id/message-id-source.ts';
import type { RandomBytes } from '../random/random-text.ts';
import type { TopicOwner } from '../topic/may-publish.ts';
import { type CallParts, callDevice } from './call-device.ts';
import { checkPayload, MOST_PAYLOAD_BYTES, refuseFlood, refuseOffline } from './delivery.ts';

/** `method` is `thing.service.property.set` and the like. */
export type ThingRequest = {
  device: TopicOwner;
  method: string;
  params: JsonObject | readonly unknown[];
};

type SendParts = { downlink: Pick<Downlink, 'publish'>; randomBytes: RandomBytes };

type AskParts = CallParts & SendParts & { newMessageId: MessageIdSource };

/**
 * Sends what a connected device answers when it likes (protocol.md 4.4, 4.6); the answer comes on the
 * bus. Gives the id of the request, refuses `device-offline`.
 */
export async function sendRequest(
  request: ThingRequest,
  parts: SendParts,
): Promise<Result<string>> {
  const { device, method, params } = request;
  const { productKey, deviceName } = device;
  const id = newAlinkId(parts.randomBytes);
  const message = alinkDownlink({ productKey, deviceName, method, id, params });
  const fits = checkPayload(message.payload, MOST_PAYLOAD_BYTES);
  if (!fits.ok) return fits;
  const delivery = refuseFlood(await parts.downlink.publish(message));
  if (!delivery.ok) return delivery;
  return delivery.value === 'offline' ? refuseOffline(device) : ok(id);
}

/** `data` is what the device says to it. */
type Answered = { id: string; data: unknown };

/**
 * Sends a request over RRPC and waits for the answer, 8 s at most (protocol.md 4.6). Refuses
 * `device-offline`, `device-silent`, and `alink-refused` with the device's own code where that is not 200.
 */
export async function askDevice(request: ThingRequest, parts: AskParts): Promise<Result<Answered>> {
  const { device, method, params } = request;
  const id = newAlinkId(parts.randomBytes);
  const payload = Buffer.from(alinkRequest({ id, method, params }));
  const fits = checkPayload(payload, MOST_PAYLOAD_BYTES);
  if (!fits.ok) return fits;
  const messageId = await parts.newMessageId();
  const called = await callDevice({ device, messageId, payload, timeoutMs: TIMEOUT_MS }, parts);
  if (!called.ok) return called;
  const { productKey, deviceName } = device;
  switch (called.value.code) {
    case 'SUCCESS':
      return readAnswer(id, called.value.payload);
    case 'OFFLINE':
      return refuseOffline(device);
    case 'TIMEOUT':
    case 'HALFCONN': {
      const isHalfOpen = called.value.code === 'HALFCONN';
      return refuse({ kind: 'device-silent', productKey, deviceName, isHalfOpen });
    }
  }
}

const TIMEOUT_MS = 8_000;

function readAnswer(id: string, payload: Uint8Array): Result<Answered> {
  const answer = readJsonObject(payload);
  // It is written out again for whoever asked.
  if (!answer || !isShallow(answer)) return refuseAlink(ALINK_CODES.dataFormatError);
  const { message, data = {} } = answer;
  const code = answerCode(answer);
  if (code === ALINK_CODES.success.code) return ok({ id, data });
  const text = typeof message === 'string' ? message.slice(0, LONGEST_MESSAGE_CHARACTERS) : '';
  return refuse({ kind: 'alink-refused', code, message: `The device says ${code}: ${text}` });
}

const LONGEST_MESSAGE_CHARACTERS = 200;
