import type { Message } from '../../model/message.ts';
import type { ConsumeOptions, DeadLetter, MessageBus } from '../../ports/message-bus.ts';
import { createQueue, type Queue } from './memory-queue.ts';

type MemoryBusOptions = { nowMs(): number };

/** Messages that last as long as the process; kept until every consumer that ever registered has them. */
export function createMemoryBus({ nowMs }: MemoryBusOptions): MessageBus {
  const queues = new Map<string, Queue>();
  /** What was published before the first consumer registered: all of it is for whoever comes. */
  const early: Message[] = [];
  const running = new Set<() => Promise<void>>();
  let closed = false;

  const queueOf = (consumer: string): Queue => {
    const queue =
      queues.get(consumer) ?? createQueue(nowMs, queues.size === 0 ? early.splice(0) : []);
    queues.set(consumer, queue);
    return queue;
  };

  return {
    async publish(message) {
      if (closed) throw new Error('the bus is closed');
      const copy = structuredClone(message);
      if (queues.size === 0) early.push(copy);
      for (const queue of queues.values()) queue.add(copy);
    },
    consume(consumer, handle, options: ConsumeOptions = {}) {
      if (closed) throw new Error('the bus is closed');
      const consumption = queueOf(consumer).consume(handle, options);
      running.add(consumption.stop);
      return consumption;
    },
    follow(consumer, take, { window }) {
      if (closed) throw new Error('the bus is closed');
      const consumption = queueOf(consumer).follow(take, window);
      running.add(consumption.stop);
      return consumption;
    },
    deadLetters: {
      async list(consumer, limit): Promise<readonly DeadLetter[]> {
        return structuredClone(queues.get(consumer)?.dead.slice(0, limit) ?? []);
      },
      async replay(consumer, messageId) {
        return queues.get(consumer)?.replay(messageId) ?? false;
      },
    },
    async close() {
      closed = true;
      await Promise.all([...running].map((stop) => stop()));
    },
  };
}
