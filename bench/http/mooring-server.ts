import { startLocalStack } from '../../infra/local/stack.ts';
import { readConfig } from '../../shared/runtime/config.ts';

/** The local stack as a process of its own; argument `here` or `elsewhere`: where the recorder runs. */
const consumers = process.argv[2] === 'elsewhere' ? 'elsewhere' : 'here';
const stack = await startLocalStack({ config: readConfig(), consumers });
const { port } = new URL(stack.endpoints['http'] ?? '');
process.stdout.write(`ready ${port}\n`);
process.once('SIGTERM', () => {
  void stack.stop().finally(() => process.exit(0));
});
