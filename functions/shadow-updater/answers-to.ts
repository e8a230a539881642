import { isOrder } from '../../shared/core/shadow/apply-change.ts';
import { isBlank } from '../../shared/core/shadow/shadow-document.ts';
import { refuseShadow } from '../../shared/core/shadow/shadow-problems.ts';
import {
  changeReply,
  controlMessage,
  documentReply,
  refusalReply,
  shadowTopic,
} from '../../shared/core/shadow/shadow-replies.ts';
import type { DownlinkMessage } from '../../shared/ports/downlink.ts';
import type { ShadowState } from '../../shared/ports/shadows.ts';
import type { Answerable } from './updater-parts.ts';

/**
 * The reply, and behind it the order to a device that something is desired of (protocol.md 6.1). Both
 * are for a device that is there now: one that comes back asks for its shadow.
 */
export function answersTo(one: Answerable, nowMs: number): readonly DownlinkMessage[] {
  const { productKey, deviceName } = one.message;
  const topic = shadowTopic('get', one.message);
  const send = (payload: Buffer): DownlinkMessage => ({
    productKey,
    deviceName,
    topic,
    payload,
    qos: 1,
    isTransient: true,
    isOwed: true,
  });
  const reply = send(replyTo(one, nowMs));
  const ordered = orderOf(one);
  return ordered?.document ? [reply, send(controlMessage(ordered.document, nowMs))] : [reply];
}

function replyTo({ clientToken, request, outcome }: Answerable, nowMs: number): Buffer {
  const answered = { clientToken, nowMs };
  if (!outcome.ok) return refusalReply(outcome.failure, answered);
  const { version, document } = outcome.value;
  if (request?.kind === 'change') return changeReply(version, answered);
  // The C SDK takes this code for "there is none yet", and goes on.
  if (!document || isBlank(document)) {
    return refusalReply(refuseShadow('document-empty').failure, answered);
  }
  return documentReply(document, answered);
}

/** Of a change that desires something, whoever publishes it: the platform sends one to applications too. */
function orderOf({ request, outcome }: Answerable): ShadowState | undefined {
  if (request?.kind !== 'change' || !isOrder(request)) return undefined;
  return outcome.ok ? outcome.value : undefined;
}
