import { randomUUID } from 'node:crypto';
import type { Channel, Connection } from 'rabbitmq-client';
import type { Message } from '../../model/message.ts';
import { type Bell, createBell } from '../../ports/bell.ts';
import type { Log } from '../../ports/log.ts';
import { type Intake, startIntake, type Taken } from './bus-intake.ts';
import { messageOf } from './bus-message.ts';
import { countWaiting, declareBus, EXCHANGE, liveQueueOf } from './bus-queues.ts';
import { RabbitmqError } from './rabbitmq-error.ts';
import { closeConnection, useChannel } from './use-channel.ts';

export type RabbitmqTailOptions = {
  /** Holds a password. */
  url: string;
  log: Log;
  /** A consumer that has to have registered: whatever the tail alone were bound for, nobody would get later. */
  besides: string;
};

const TIMEOUT_MS = 5000;
const PREFETCH = 500;
/** A terminal that stands still loses the oldest, and fills no disk of the broker. */
const MOST_WAITING = 10_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Messages from now on, by a queue that goes with its connection. What is published while the connection
 * is lost is skipped.
 * @throws RabbitmqError if the broker cannot be reached, or `besides` has never consumed.
 */
export async function* tailRabbitmqBus(
  options: RabbitmqTailOptions,
): AsyncGenerator<Message, never, void> {
  const { url, log, besides } = options;
  const { openConnection } = await import('./rabbitmq-client.ts');
  const connection = openConnection({ url, log, timeoutMs: TIMEOUT_MS });
  let tail: Tail | undefined;
  try {
    await useChannel(connection, TIMEOUT_MS, (channel) => requireConsumer(channel, besides));
    tail = startTail(connection, log);
    for (;;) {
      for (const { parcel, done } of tail.arrived.splice(0)) {
        done();
        yield messageOf(parcel);
      }
      await tail.bell.wait(LONGEST_WAIT_MS);
    }
  } finally {
    await tail?.intake.stop();
    await closeConnection(connection, TIMEOUT_MS);
  }
}

type Tail = { arrived: Taken[]; bell: Bell; intake: Intake };

async function requireConsumer(channel: Channel, consumer: string): Promise<void> {
  if ((await countWaiting(channel, liveQueueOf(consumer))) !== undefined) return;
  const reason = `${consumer} has never consumed there, so that whoever watches would take its messages`;
  throw new RabbitmqError('cannot be watched yet', { reason });
}

function startTail(connection: Connection, log: Log): Tail {
  const arrived: Taken[] = [];
  const bell = createBell();
  const queue = `mooring.tail.${randomUUID()}`;
  const declare = async (channel: Channel) => {
    await declareBus(channel);
    // No other type goes with a connection, whatever the default of the broker is.
    const options = { 'x-max-length': MOST_WAITING, 'x-queue-type': 'classic' } as const;
    await channel.queueDeclare({ queue, exclusive: true, autoDelete: true, arguments: options });
    await channel.queueBind({ queue, exchange: EXCHANGE });
  };
  const take = (taken: Taken) => {
    arrived.push(taken);
    bell.ring();
  };
  const parts = { connect: () => connection, log, timeoutMs: TIMEOUT_MS };
  const intake = startIntake(parts, { queue, prefetch: PREFETCH, declare, take });
  return { arrived, bell, intake };
}
