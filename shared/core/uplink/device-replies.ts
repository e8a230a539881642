import type { Failure, Refusal } from '../../model/failure.ts';
import type { FailedItem } from '../../model/message.ts';
import type { DownlinkMessage } from '../../ports/downlink.ts';
import { ALINK_CODES, type AlinkCode } from '../alink/alink-codes.ts';
import { alinkReply, plainSuccess } from '../alink/alink-reply.ts';
import { type AlinkRequest, readAsked } from '../alink/parse-alink-request.ts';
import type { Topic } from '../topic/parse-topic.ts';
import { setOwn } from '../tsl/timed-value.ts';
import type { Judged, Taken, Uplink } from './uplink.ts';

export const NO_REPLIES: readonly DownlinkMessage[] = [];

/** The `_reply` of a request that was done; none where the device wants none (protocol.md 4.1). */
export function successReplies(
  { uplink, topic }: Judged,
  { id, ack }: Pick<AlinkRequest, 'id' | 'ack'>,
  data?: unknown,
): readonly DownlinkMessage[] {
  if (!ack || !uplink.wantsReplies) return NO_REPLIES;
  const { method } = methodOf(topic);
  if (data === undefined && method !== undefined) {
    return [replyTo(uplink, plainSuccess(id, method))];
  }
  const { code, message } = ALINK_CODES.success;
  return [replyTo(uplink, alinkReply({ id, code, message, ...methodOf(topic), data }))];
}

/** A refusal, and what the device hears of it. */
export function refused(refusal: Refusal, judged: Judged): Taken {
  return { outcome: refusal, replies: refusalReplies(judged, refusal.failure) };
}

/** The `_reply` of a request that was refused, also of one that could not be read. */
export function refusalReplies(
  { uplink, topic }: Judged,
  failure: Failure,
): readonly DownlinkMessage[] {
  if (!uplink.wantsReplies) return NO_REPLIES;
  const { id, ack, isReadable } = readAsked(uplink.body);
  if (!ack) return NO_REPLIES;
  const { code, message } = isReadable ? alinkCodeOf(failure) : ALINK_CODES.dataFormatError;
  return [replyTo(uplink, alinkReply({ id, code, message, ...methodOf(topic) }))];
}

/** What failed, by identifier, as the `data` of a reply lists it (protocol.md 4.1): without the code. Undefined if nothing did. */
export function failedTexts(
  failed: Readonly<Record<string, FailedItem>>,
): Record<string, string> | undefined {
  let texts: Record<string, string> | undefined;
  for (const identifier in failed) {
    texts ??= {};
    const [text = ''] = failed[identifier]?.message.split(' -> ', 1) ?? [];
    setOwn(texts, identifier, text);
  }
  return texts;
}

/** At QoS 0: a device that is away by now asks again, and a stored reply would answer nothing. */
function replyTo({ device, topic }: Uplink, payload: string): DownlinkMessage {
  return {
    productKey: device.productKey,
    deviceName: device.deviceName,
    topic: `${topic}_reply`,
    payload: Buffer.from(payload),
    qos: 0,
  };
}

/** Of the topic: many devices send none. Sign-ins of sub-devices have none (protocol.md 4.13). */
function methodOf(topic: Topic): { method?: string } {
  return topic.family === 'sys' ? { method: topic.suffix.replaceAll('/', '.') } : {};
}

/** The one mapping from refusals to codes of replies (protocol.md 4.14). */
function alinkCodeOf(failure: Failure): AlinkCode {
  switch (failure.kind) {
    case 'tsl-violation':
    case 'alink-refused':
      return failure;
    case 'malformed-request':
      return ALINK_CODES.parameterError;
    case 'signature-mismatch':
      return ALINK_CODES.authError;
    case 'publish-failed':
      return ALINK_CODES.serverError;
    default:
      return ALINK_CODES.requestError;
  }
}
