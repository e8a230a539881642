import { expect, test } from 'vitest';
import { createMemoryBus } from '../../../../shared/adapters/memory/memory-bus.ts';
import { readConfig } from '../../../../shared/runtime/config.ts';
import { openBus } from '../../../../shared/runtime/open-bus.ts';
import { aMessage } from '../../../contract/messages.ts';
import { captureLog } from '../../../support/captured-log.ts';

const parts = { nowMs: Date.now, log: captureLog() };

test('the bus of the bundle is taken where MOORING_BUS is not set', async () => {
  const own = createMemoryBus(parts);
  const opened = openBus(() => own, { ...parts, config: readConfig({}) });
  expect(opened).toBe(own);
});

test('MOORING_BUS comes before the bus of the bundle, which is not opened', async () => {
  const config = readConfig({ MOORING_BUS: 'amqp://mooring:secret@127.0.0.1:1' });
  const bus = openBus(
    () => {
      throw new Error('opened');
    },
    { ...parts, config },
  );
  await bus.close();
  await expect(bus.publish(aMessage('1'))).rejects.toThrow('the bus on RabbitMQ is closed');
});
