import { shadowTopic } from '../../shared/core/shadow/shadow-replies.ts';
import type { Message } from '../../shared/model/message.ts';
import type { BatchHandler } from '../../shared/ports/message-bus.ts';
import { createRequestRate } from './request-rate.ts';
import { updateShadow } from './update-shadow.ts';
import type { ShadowUpdaterParts } from './updater-parts.ts';

/**
 * Carries out what devices ask of their shadows, and answers them. Other messages pass. Requests of
 * one device keep their order; one that comes again changes nothing a second time.
 */
export function createHandler(parts: ShadowUpdaterParts): BatchHandler {
  const all = { ...parts, rate: createRequestRate() };
  return async (batch) => {
    const devices = byDevice(batch.filter(isShadowRequest));
    const failed = await Promise.all(devices.map((messages) => updateShadow(messages, all)));
    return failed.flat();
  };
}

function isShadowRequest(message: Message): boolean {
  return message.kind === 'uplink' && message.topic === shadowTopic('update', message);
}

/** By iotId: a device that was made again under its name has another shadow. */
function byDevice(messages: readonly Message[]): Message[][] {
  const devices = new Map<string, Message[]>();
  for (const message of messages) {
    const others = devices.get(message.iotId);
    if (others) others.push(message);
    else devices.set(message.iotId, [message]);
  }
  return [...devices.values()];
}
