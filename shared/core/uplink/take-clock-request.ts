import { ok, refuse } from '../../model/failure.ts';
import { readJsonObject } from '../alink/decode-json.ts';
import { NO_REPLIES } from './device-replies.ts';
import type { Judged, Taken, UplinkParts } from './uplink.ts';

/**
 * `/ext/ntp/${pk}/${dn}/request` (protocol.md 3.12): tells the time, as text whatever the device sent.
 * Refuses with `malformed-request`, and without an answer, what has no `deviceSendTime`.
 */
export async function takeClockRequest(judged: Judged, parts: UplinkParts): Promise<Taken> {
  const { uplink, nowMs } = judged;
  const deviceSendTime = sendTimeOf(uplink.body);
  if (deviceSendTime === undefined) {
    const failure = { kind: 'malformed-request', reason: 'there is no deviceSendTime' } as const;
    return { outcome: refuse(failure), replies: NO_REPLIES };
  }
  const outcome = ok(await parts.newMessageId());
  if (!uplink.wantsReplies) return { outcome, replies: NO_REPLIES };
  const { productKey, deviceName } = uplink.device;
  const serverTimes = { serverRecvTime: `${nowMs}`, serverSendTime: `${parts.nowMs()}` };
  const response = {
    productKey,
    deviceName,
    topic: `/ext/ntp/${productKey}/${deviceName}/response`,
    payload: Buffer.from(JSON.stringify({ deviceSendTime, ...serverTimes })),
    qos: 0,
  } as const;
  return { outcome, replies: [response] };
}

function sendTimeOf(body: Buffer): string | undefined {
  const time = readJsonObject(body)?.['deviceSendTime'];
  if (typeof time === 'number') return String(time);
  return typeof time === 'string' ? time : undefined;
}
