import type { Consumption, CountedBus } from '../../ports/message-bus.ts';
import type { RabbitmqBusOptions } from './rabbitmq-bus-options.ts';

/**
 * The bus on a RabbitMQ, for all processes that have its URL. Connects, and loads all that it needs for
 * it, at the first call. docs/decisions/0011-rabbitmq-bus.md.
 */
export function createRabbitmqBus(options: RabbitmqBusOptions): CountedBus {
  let opening: Promise<CountedBus> | undefined;
  let closed = false;

  const open = async () => {
    const { connectBus } = await import('./rabbitmq-connected-bus.ts');
    return connectBus(options);
  };
  const opened = () => {
    if (closed) throw new Error('the bus on RabbitMQ is closed');
    opening ??= open();
    return opening;
  };
  const begin = (start: (bus: CountedBus) => Consumption): Consumption => {
    const begun = opened().then(start);
    return { stop: async () => (await begun).stop() };
  };

  return {
    publish: async (message) => (await opened()).publish(message),
    consume: (...consumption) => begin((bus) => bus.consume(...consumption)),
    follow: (...following) => begin((bus) => bus.follow(...following)),
    deadLetters: {
      list: async (...wanted) => (await opened()).deadLetters.list(...wanted),
      replay: async (...wanted) => (await opened()).deadLetters.replay(...wanted),
    },
    backlog: async (consumer) => (await opened()).backlog(consumer),
    async close() {
      if (closed) return;
      closed = true;
      const bus = await opening;
      await bus?.close();
    },
  };
}
