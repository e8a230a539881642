import type { Channel } from 'rabbitmq-client';

/** What is published goes to the live queue of every consumer that ever registered. */
export const EXCHANGE = 'mooring.messages';
/** Exchange and queue: what was published while no consumer had registered yet. */
export const UNCLAIMED = 'mooring.unclaimed';

export type QueueNames = {
  live: string;
  /** What the consumer was away for: behind what is live. */
  backlog: string;
  /** What failed and waits to be handed over again. */
  retry: string;
  dead: string;
};

export function queueNamesOf(consumer: string): QueueNames {
  const live = liveQueueOf(consumer);
  return { live, backlog: `${live}.backlog`, retry: `${live}.retry`, dead: `${live}.dead` };
}

export function liveQueueOf(consumer: string): string {
  return `mooring.${consumer}`;
}

/** Declaring what is there changes nothing. */
export async function declareBus(channel: Channel): Promise<void> {
  await channel.exchangeDeclare({ exchange: UNCLAIMED, type: 'fanout', durable: true });
  await channel.queueDeclare({ queue: UNCLAIMED, durable: true });
  await channel.queueBind({ queue: UNCLAIMED, exchange: UNCLAIMED });
  await channel.exchangeDeclare({
    exchange: EXCHANGE,
    type: 'fanout',
    durable: true,
    arguments: { 'alternate-exchange': UNCLAIMED },
  });
}

/** Registers a consumer: the live queue is bound last, when the others are there to move messages to. */
export async function declareConsumer(channel: Channel, queues: QueueNames): Promise<void> {
  for (const queue of [queues.backlog, queues.retry, queues.dead]) {
    await channel.queueDeclare({ queue, durable: true });
  }
  await declareLive(channel, queues.live);
}

export async function declareLive(channel: Channel, queue: string): Promise<void> {
  await declareBus(channel);
  await channel.queueDeclare({ queue, durable: true });
  await channel.queueBind({ queue, exchange: EXCHANGE });
}

/** Without those that somebody has taken and not settled; undefined if there is no such queue. The channel is lost then. */
export async function countWaiting(channel: Channel, queue: string): Promise<number | undefined> {
  try {
    return (await channel.queueDeclare({ queue, passive: true })).messageCount;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** What an operation on a queue or an exchange that is not there rejects with. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'NOT_FOUND';
}
