import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { createRabbitmqBus } from '../../shared/adapters/rabbitmq/rabbitmq-bus.ts';
import type { RabbitmqBusOptions } from '../../shared/adapters/rabbitmq/rabbitmq-bus-options.ts';
import type { CountedBus, MessageBus } from '../../shared/ports/message-bus.ts';
import { aMessage } from '../contract/messages.ts';
import { captureLog } from './captured-log.ts';
import { clearBus } from './rabbitmq-bus.ts';
import { NO_HOOKS, type RabbitmqServer, startRabbitmqServer } from './rabbitmq-server.ts';

type Options = Partial<RabbitmqBusOptions>;

type RabbitmqBuses = {
  server(): RabbitmqServer;
  url(): string;
  create(options?: Options): CountedBus;
  /** Closed by the test. */
  open(options?: Options): CountedBus;
};

const START_TIMEOUT_MS = 120_000;
const AT_ONCE = 500;

/** A broker for the tests that follow; each begins with nothing declared for consumers `a` and `b`. */
export function useRabbitmqBuses(): RabbitmqBuses {
  let server: RabbitmqServer;
  beforeAll(async () => {
    server = await startRabbitmqServer(NO_HOOKS);
  }, START_TIMEOUT_MS);
  afterAll(() => server?.stop());
  beforeEach(() => clearBus(server.amqpUrl, ['a', 'b']));

  const create = (options: Options = {}) =>
    createRabbitmqBus({ url: server.amqpUrl, nowMs: Date.now, log: captureLog(), ...options });
  return {
    server: () => server,
    url: () => server.amqpUrl,
    create,
    open: (options) => {
      const bus = create(options);
      onTestFinished(() => bus.close());
      return bus;
    },
  };
}

/** In order, with so many on their way as a busy process has. */
export async function publishAll(bus: MessageBus, ids: readonly string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const some = ids.slice(at, at + AT_ONCE);
    await Promise.all(some.map((messageId) => bus.publish(aMessage(messageId))));
  }
}

/** Consumes as `a`. */
export function collect(bus: MessageBus, batchSize = 256) {
  const ids: string[] = [];
  const take = async (batch: readonly { messageId: string }[]) => {
    ids.push(...batch.map(({ messageId }) => messageId));
    return [];
  };
  const { stop } = bus.consume('a', take, { batchSize });
  return { ids, stop };
}
