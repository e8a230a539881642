import type { Log } from '../../ports/log.ts';
import type { MessageBus } from '../../ports/message-bus.ts';
import { createRabbitmqBus } from './rabbitmq-bus.ts';

/**
 * `#bus` of a bundle built for rabbitmq, which has no other to fall back on.
 * @throws Error without a URL.
 */
export function openFunctionBus(options: {
  busUrl?: string;
  nowMs: () => number;
  log: Log;
}): MessageBus {
  const { busUrl, nowMs, log } = options;
  if (busUrl === undefined) {
    throw new Error(
      'MOORING_BUS is not set; example: MOORING_BUS=amqp://mooring:secret@127.0.0.1:5672',
    );
  }
  return createRabbitmqBus({ url: busUrl, nowMs, log });
}
