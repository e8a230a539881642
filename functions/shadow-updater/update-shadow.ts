import { type DeviceRequest, readDeviceRequest } from '../../shared/core/shadow/device-request.ts';
import { refuseShadow } from '../../shared/core/shadow/shadow-problems.ts';
import type { Result } from '../../shared/model/failure.ts';
import type { Message } from '../../shared/model/message.ts';
import type { FailedDelivery } from '../../shared/ports/message-bus.ts';
import type { ShadowState } from '../../shared/ports/shadows.ts';
import { answersTo } from './answers-to.ts';
import type { Answerable, UpdaterParts } from './updater-parts.ts';

/** Carries out the requests of one device and answers each. Resolves to those that have to come again. */
export async function updateShadow(
  messages: readonly Message[],
  parts: UpdaterParts,
): Promise<FailedDelivery[]> {
  const asked = messages.map((message) => ({ message, ...readRequest(message, parts) }));
  let states: readonly Result<ShadowState>[];
  try {
    states = await performAll(asked, parts);
  } catch (error) {
    const { log } = parts;
    log.error({ error, iotId: messages[0]?.iotId, messages: messages.length }, 'shadow fault');
    return messages.map(({ messageId }) => ({ messageId, reason: String(error) }));
  }
  const left = [...states];
  const failed: FailedDelivery[] = [];
  for (const { message, clientToken, request } of asked) {
    const outcome = request.ok ? left.shift() : request;
    if (outcome) {
      const read = request.ok ? request.value : undefined;
      failed.push(...(await answer({ message, clientToken, request: read, outcome }, parts)));
    } else {
      failed.push({ messageId: message.messageId, reason: 'a fault came before it' });
    }
  }
  return failed;
}

type Asked = DeviceRequest & { message: Message };

function readRequest(message: Message, { rate }: UpdaterParts): DeviceRequest {
  const { messageId, generateTimeMs: atMs } = message;
  const read = readDeviceRequest(message.body, { messageId, atMs });
  return rate.allow(message) ? read : { ...read, request: refuseShadow('rate-exceeded') };
}

async function performAll(
  asked: readonly Asked[],
  { shadows }: UpdaterParts,
): Promise<readonly Result<ShadowState>[]> {
  const requests = asked.flatMap(({ request }) => (request.ok ? [request.value] : []));
  const [first] = asked;
  return first && requests.length > 0 ? shadows.perform(first.message, requests) : [];
}

/**
 * Over HTTP a device cannot be answered. Where the answer cannot be sent, a change is done all the
 * same: it must not come again behind later ones. What changed nothing comes again for its answer.
 */
async function answer(one: Answerable, parts: UpdaterParts): Promise<readonly FailedDelivery[]> {
  const { message, outcome, request } = one;
  const { productKey, deviceName, messageId, transport } = message;
  const device = `${productKey}/${deviceName}`;
  const { downlink, log, nowMs } = parts;
  if (!outcome.ok) {
    log.warn({ device, messageId, refused: outcome.failure }, 'shadow request refused');
  }
  if (transport === 'http') return [];
  try {
    for (const sent of answersTo(one, nowMs())) await downlink.publish(sent);
    return [];
  } catch (error) {
    log.warn({ error, device, messageId }, 'shadow answer not sent');
    const isDone = outcome.ok && request?.kind === 'change';
    return isDone ? [] : [{ messageId, reason: String(error) }];
  }
}
