import { createLmdbBus } from '../../../shared/adapters/lmdb/lmdb-bus.ts';
import { createRabbitmqBus } from '../../../shared/adapters/rabbitmq/rabbitmq-bus.ts';
import type { MessageBus } from '../../../shared/ports/message-bus.ts';
import { createLog } from '../../../shared/runtime/log.ts';

/** Of a data folder, or of a RabbitMQ. */
export function openChildBus(place: string): MessageBus {
  const nowMs = Date.now;
  return place.startsWith('amqp:')
    ? createRabbitmqBus({ url: place, nowMs, log: createLog({ level: 'silent' }) })
    : createLmdbBus({ path: place, nowMs });
}
