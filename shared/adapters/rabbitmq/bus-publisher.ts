import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { envelopeOf, type Parcel } from './bus-message.ts';
import { createConfirmLine, type LineParts, returnKey } from './confirm-line.ts';
import { inTime } from './in-time.ts';
import { RabbitmqError } from './rabbitmq-error.ts';

/** `exchange` empty: straight into the queue that `routingKey` names. */
type Target = { exchange: string; routingKey: string };

export type Publisher = {
  /**
   * Resolves when the broker has confirmed it into durable queues. Outlives the loss of a connection,
   * and may then send it twice; rejects with a RabbitmqError when the time is over.
   */
  send(parcel: Parcel, target: Target): Promise<void>;
  /** Waits for what is on its way. */
  close(): Promise<void>;
};

const RETRY_MS = 100;

/** Messages of many callers are on their way at once. */
export function createPublisher(parts: LineParts): Publisher {
  const { nowMs, timeoutMs } = parts;
  const line = createConfirmLine(parts);
  const sending = new Set<Promise<void>>();
  let isClosed = false;

  const sendOnce = async (parcel: Parcel, target: Target, isLate: () => boolean) => {
    const { channel, returned } = await line.ready();
    if (isLate()) return;
    await channel.basicPublish({ ...envelopeOf(parcel), ...target }, parcel.body);
    // A message that no queue takes is returned before it is confirmed; the client tells a turn later.
    await nextTurn();
    line.confirmed();
    if (!returned.delete(returnKey(target.routingKey, parcel.messageId))) return;
    // Opened anew it declares what somebody has deleted.
    void channel.close();
    throw Object.assign(new Error('no queue takes it'), { code: 'NO_ROUTE' });
  };

  const send = async (parcel: Parcel, target: Target) => {
    const untilMs = nowMs() + timeoutMs;
    const isLate = () => nowMs() >= untilMs;
    for (;;) {
      try {
        return await sendOnce(parcel, target, isLate);
      } catch (fault) {
        if (isLate() || !mayPass(fault)) throw fault;
        line.note(fault);
      }
      await sleep(RETRY_MS);
    }
  };

  return {
    send(parcel, target) {
      if (isClosed) return Promise.reject(new Error('the bus on RabbitMQ is closed'));
      const late = () => {
        const trouble = line.trouble();
        line.distrust();
        return `not confirmed within ${timeoutMs} ms${trouble === undefined ? '' : `: ${trouble}`}`;
      };
      const sent = inTime(send(parcel, target), timeoutMs, late).catch((cause: unknown) => {
        throw new RabbitmqError('did not take a message', { cause });
      });
      sending.add(sent);
      const done = () => void sending.delete(sent);
      sent.then(done, done);
      return sent;
    },
    async close() {
      isClosed = true;
      await Promise.allSettled(sending);
      await line.close();
    },
  };
}

/** What is of the connection, or of a queue that can be declared; not what the broker refused, nor a bug of ours. */
function mayPass(fault: unknown): boolean {
  return fault instanceof Error && 'code' in fault && fault.code !== 'NACK';
}
