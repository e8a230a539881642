import type { Channel, SyncMessage } from 'rabbitmq-client';
import type { DeadLetter, DeadLetters } from '../../ports/message-bus.ts';
import { failureOf, messageOf, type Parcel, readParcel, withFailure } from './bus-message.ts';
import type { Publisher } from './bus-publisher.ts';
import { isNotFound, queueNamesOf } from './bus-queues.ts';

type Parts = {
  /** Runs `use` on a channel of its own. */
  onChannel<T>(use: (channel: Channel) => Promise<T>): Promise<T>;
  publisher: Publisher;
};

/** Looking at a queue takes its messages out for a moment: two who look at once see a part each. */
export function createDeadLetters({ onChannel, publisher }: Parts): DeadLetters {
  return {
    list: (consumer, limit) =>
      onChannel(async (channel) => {
        const letters: DeadLetter[] = [];
        const looked = await lookThrough(channel, queueNamesOf(consumer).dead, (parcel) => {
          if (parcel) letters.push(letterOf(parcel));
          return letters.length >= limit;
        });
        putBack(channel, looked?.deliveryTag ?? 0);
        return letters;
      }),
    replay: (consumer, messageId) =>
      onChannel(async (channel) => {
        const { dead, retry } = queueNamesOf(consumer);
        const found = await lookThrough(channel, dead, (parcel) => parcel?.messageId === messageId);
        if (found === undefined) return false;
        const parcel = readParcel(found);
        if (parcel?.messageId !== messageId) {
          putBack(channel, found.deliveryTag);
          return false;
        }
        const { reason } = failureOf(parcel);
        const again = withFailure(parcel, { attempts: 0, reason, dueMs: 0 });
        await publisher.send(again, { exchange: '', routingKey: retry });
        channel.basicAck({ deliveryTag: found.deliveryTag });
        putBack(channel, found.deliveryTag - 1);
        return true;
      }),
  };
}

/** From the head of a queue on until `isEnough`: the last message that it took, if any. */
async function lookThrough(
  channel: Channel,
  queue: string,
  isEnough: (parcel: Parcel | undefined) => boolean,
): Promise<SyncMessage | undefined> {
  let last: SyncMessage | undefined;
  for (;;) {
    const message = await takeOne(channel, queue);
    if (message === undefined) return last;
    last = message;
    if (isEnough(readParcel(message))) return last;
  }
}

async function takeOne(channel: Channel, queue: string): Promise<SyncMessage | undefined> {
  try {
    return await channel.basicGet({ queue });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** All up to this one, each to where it lay. */
function putBack(channel: Channel, deliveryTag: number): void {
  if (deliveryTag > 0) channel.basicNack({ deliveryTag, multiple: true, requeue: true });
}

function letterOf(parcel: Parcel): DeadLetter {
  const { attempts, reason, diedAtMs } = failureOf(parcel);
  return { message: messageOf(parcel), reason, attempts, diedAtMs };
}
