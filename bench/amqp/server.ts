import { startLocalStack } from '../../infra/local/stack.ts';
import { readConfig } from '../../shared/runtime/config.ts';

/** The local stack without the recorder; tells of its HTTP and its AMQP port. */
const stack = await startLocalStack({ config: readConfig(), consumers: 'elsewhere' });
const ports = ['http', 'amqp'].map((name) => new URL(stack.endpoints[name] ?? '').port);
process.stdout.write(`ready ${ports.join(' ')}\n`);
process.once('SIGTERM', () => {
  void stack.stop().finally(() => process.exit(0));
});
