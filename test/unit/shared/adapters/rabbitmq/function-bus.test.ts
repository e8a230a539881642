import { expect, test } from 'vitest';
import { openFunctionBus } from '../../../../../shared/adapters/rabbitmq/function-bus.ts';
import { captureLog } from '../../../../support/captured-log.ts';

test('a function that is built for RabbitMQ says that it needs MOORING_BUS', () => {
  expect(() => openFunctionBus({ nowMs: Date.now, log: captureLog() })).toThrow(
    'MOORING_BUS is not set; example: MOORING_BUS=amqp://',
  );
});
