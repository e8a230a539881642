import { ok, type Result } from '../../model/failure.ts';
import type { Answers } from '../../ports/answers.ts';
import type { Downlink } from '../../ports/downlink.ts';
import { answerTopic } from '../answers/answer-topic.ts';
import type { TopicOwner } from '../topic/may-publish.ts';
import { refuseFlood } from './delivery.ts';

export type DeviceCall = {
  device: TopicOwner;
  /** 64-bit decimal, part of the topics. */
  messageId: string;
  payload: Uint8Array;
  timeoutMs: number;
  /** With its leading slash; absent: the system topic. */
  customTopic?: string;
};

/** As RrpcCode spells it (protocol.md 7.4). `HALFCONN`: the connection is there, the device is not. */
export type CallOutcome =
  | { code: 'SUCCESS'; payload: Uint8Array }
  | { code: 'TIMEOUT' | 'OFFLINE' | 'HALFCONN' };

export type CallParts = {
  downlink: Pick<Downlink, 'publish' | 'liveness'>;
  answers: Pick<Answers, 'expect'>;
  nowMs: () => number;
};

/**
 * Sends a request to a connected device and waits for its answer (protocol.md 3.11). It is never kept
 * for later: nobody would wait for that answer. Of QoS 1, so that the acknowledgement tells life.
 */
export async function callDevice(call: DeviceCall, parts: CallParts): Promise<Result<CallOutcome>> {
  const { device, payload, timeoutMs } = call;
  const { request, response } = topicsOf(call);
  const sinceMs = parts.nowMs();
  const answer = parts.answers.expect(answerTopic(response, device), timeoutMs);
  // Nobody is left to see its fault where the request was not sent.
  answer.catch(() => undefined);
  const { productKey, deviceName } = device;
  const message = {
    productKey,
    deviceName,
    topic: request,
    payload,
    qos: 1,
    isTransient: true,
  } as const;
  const delivery = refuseFlood(await parts.downlink.publish(message));
  if (!delivery.ok) return delivery;
  if (delivery.value === 'offline' || delivery.value === 'stored') return ok({ code: 'OFFLINE' });
  const received = await answer;
  if (received) return ok({ code: 'SUCCESS', payload: received });
  // It was never sent: that nothing came back says nothing of the connection.
  if (delivery.value === 'unsubscribed') return ok({ code: 'TIMEOUT' });
  const liveness = await parts.downlink.liveness(device, sinceMs);
  return ok({ code: liveness === 'half-open' ? 'HALFCONN' : 'TIMEOUT' });
}

/** A custom topic is answered on itself. */
function topicsOf({ device, messageId, customTopic }: DeviceCall) {
  if (customTopic !== undefined) {
    const topic = `/ext/rrpc/${messageId}${customTopic}`;
    return { request: topic, response: topic };
  }
  const prefix = `/sys/${device.productKey}/${device.deviceName}/rrpc`;
  return { request: `${prefix}/request/${messageId}`, response: `${prefix}/response/${messageId}` };
}
