import type { Channel, Connection } from 'rabbitmq-client';
import type { Consumption, CountedBus } from '../../ports/message-bus.ts';
import { type Running, startConsumer } from './bus-consumer.ts';
import { createDeadLetters } from './bus-dead-letters.ts';
import { startFollower } from './bus-follower.ts';
import type { Intake } from './bus-intake.ts';
import { parcelOf } from './bus-message.ts';
import { createPublisher } from './bus-publisher.ts';
import { countWaiting, EXCHANGE, queueNamesOf } from './bus-queues.ts';
import { claimUnclaimed } from './bus-unclaimed.ts';
import { inTime } from './in-time.ts';
import type { RabbitmqBusOptions } from './rabbitmq-bus-options.ts';
import { openConnection } from './rabbitmq-client.ts';
import { RabbitmqError } from './rabbitmq-error.ts';
import { closeConnection, useChannel } from './use-channel.ts';

const DEFAULT_TIMEOUT_MS = 5000;
const DEFAULT_BACKLOG_AFTER_MS = 10_000;

/** Connects at the first use. */
export function connectBus(options: RabbitmqBusOptions): CountedBus {
  const { url, nowMs, log, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { backlogAfterMs = DEFAULT_BACKLOG_AFTER_MS } = options;
  let consuming: Connection | undefined;
  let closed = false;

  const open = () => openConnection({ url, log, timeoutMs });
  const connect = () => {
    if (closed) throw new Error(CLOSED);
    consuming ??= open();
    return consuming;
  };
  const onChannel = async <T>(use: (channel: Channel) => Promise<T>): Promise<T> =>
    useChannel(connect(), timeoutMs, use);
  const publisher = createPublisher({ connect: open, nowMs, timeoutMs });
  const parts = {
    connect,
    publisher,
    nowMs,
    log,
    timeoutMs,
    backlogAfterMs,
  };
  const runs = createRuns(() => claimUnclaimed(parts));

  return {
    async publish(message) {
      if (closed) throw new Error(CLOSED);
      const parcel = parcelOf(message, nowMs());
      if (runs.isRegistering()) await runs.registered(timeoutMs);
      await publisher.send(parcel, { exchange: EXCHANGE, routingKey: '' });
    },
    consume(consumer, handle, consumeOptions = {}) {
      if (closed) throw new Error(CLOSED);
      const subscription = { consumer, handle, options: consumeOptions };
      return runs.add(consumer, startConsumer(parts, subscription));
    },
    follow(consumer, take, { window }) {
      if (closed) throw new Error(CLOSED);
      return runs.add(consumer, startFollower(parts, { consumer, take, window }));
    },
    deadLetters: createDeadLetters({ onChannel, publisher }),
    async backlog(consumer) {
      const { live, backlog, retry, dead } = queueNamesOf(consumer);
      const counts = [live, backlog, retry, dead].map((queue) =>
        onChannel((channel) => countWaiting(channel, queue)),
      );
      const [fresh = 0, old = 0, failed = 0, given = 0] = await Promise.all(counts);
      const { unread, retrying } = runs.held(consumer);
      return { unread: fresh + old + unread, retrying: failed + retrying, dead: given };
    },
    async close() {
      if (closed) return;
      closed = true;
      await runs.stop();
      await publisher.close();
      if (consuming) await closeConnection(consuming, timeoutMs);
    },
  };
}

const CLOSED = 'the bus on RabbitMQ is closed';

/** Who consumes in this process. */
function createRuns(claim: () => Intake) {
  const runs = new Map<Running, string>();
  const registering = new Set<Promise<void>>();
  let claiming: Intake | undefined;
  let isStopped = false;

  const stop = async (running: Running): Promise<void> => {
    registering.delete(running.registered);
    await running.stop();
    runs.delete(running);
  };
  return {
    add(consumer: string, running: Running): Consumption {
      runs.set(running, consumer);
      registering.add(running.registered);
      void running.registered.then(() => {
        registering.delete(running.registered);
        if (!isStopped) claiming ??= claim();
      });
      return { stop: () => stop(running) };
    },
    isRegistering: () => registering.size > 0,
    /** Before its queue is there, a consumer of this process would miss what is published. */
    async registered(timeoutMs: number): Promise<void> {
      const all = Promise.all(registering);
      await inTime(all, timeoutMs, () => `not within ${timeoutMs} ms`).catch((cause: unknown) => {
        throw new RabbitmqError('lets no consumer of this process register', { cause });
      });
    },
    held(consumer: string): { unread: number; retrying: number } {
      const held = [...runs].filter(([, name]) => name === consumer).map(([run]) => run.held());
      return {
        unread: held.reduce((sum, { unread }) => sum + unread, 0),
        retrying: held.reduce((sum, { retrying }) => sum + retrying, 0),
      };
    },
    async stop(): Promise<void> {
      isStopped = true;
      await Promise.all([...runs.keys()].map(stop));
      await claiming?.stop();
    },
  };
}
