import { ok, type Result, refuse } from '../../model/failure.ts';
import type { ReplyBody } from '../../model/message.ts';
import { ALINK_CODES } from '../alink/alink-codes.ts';
import { answerCode } from '../alink/answer-code.ts';
import { readJsonObject } from '../alink/decode-json.ts';
import { idOf, isShallow } from '../alink/parse-alink-request.ts';
import { answerTopic } from '../answers/answer-topic.ts';
import { NO_REPLIES } from './device-replies.ts';
import { asSent, publishContent } from './publish-content.ts';
import type { Content, Judged, Taken, UplinkParts } from './uplink.ts';

/**
 * What a device says to a request of the cloud, `…_reply`: published as the platform routes it
 * (protocol.md 8.3). Nobody waits for it: who does asks over RRPC. Refuses with `malformed-request` what
 * is not a JSON object; answers to raw data pass as they are.
 */
export async function takeReply(judged: Judged, parts: UplinkParts): Promise<Taken> {
  const content = replyContent(judged);
  const outcome = content.ok ? await publishContent(content.value, judged, parts) : content;
  return { outcome, replies: NO_REPLIES };
}

/** Not for the bus: the platform routes it to nobody but the caller (protocol.md 3.11). */
export async function takeRrpcResponse({ uplink }: Judged, parts: UplinkParts): Promise<Taken> {
  await parts.answers.offer(answerTopic(uplink.topic, uplink.device), uplink.body);
  return { outcome: ok(await parts.newMessageId()), replies: NO_REPLIES };
}

const RAW_REPLY = '/thing/model/down_raw_reply';

function replyContent({ uplink, nowMs }: Judged): Result<Content> {
  if (uplink.topic.endsWith(RAW_REPLY)) return ok(asSent(uplink));
  const reply = readJsonObject(uplink.body);
  if (!reply) return malformed('the body is not a JSON object');
  if (!isShallow(reply)) return malformed('the body nests too deep');
  const { productKey, deviceName, iotId } = uplink.device;
  const code = answerCode(reply);
  const { message, data = {} } = reply;
  const body: ReplyBody = {
    gmtCreate: nowMs,
    iotId,
    productKey,
    deviceName,
    requestId: idOf(reply) ?? '',
    code,
    message:
      typeof message === 'string' ? message : code === ALINK_CODES.success.code ? 'success' : '',
    topic: uplink.topic.slice(0, -'_reply'.length),
    data,
  };
  const topic = `/${productKey}/${deviceName}/thing/downlink/reply/message`;
  return ok({ kind: 'reply', topic, body: Buffer.from(JSON.stringify(body)) });
}

function malformed(reason: string) {
  return refuse({ kind: 'malformed-request', reason });
}
