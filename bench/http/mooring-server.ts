import { startLocalStack } from '../../infra/local/stack.ts';
import { readConfig } from '../../shared/runtime/config.ts';

/**
 * The local stack as a process of its own. Arguments: `here` or `elsewhere`, where the recorder runs,
 * and the endpoint to tell of, by default `http`.
 */
const consumers = process.argv[2] === 'elsewhere' ? 'elsewhere' : 'here';
const stack = await startLocalStack({ config: readConfig(), consumers });
const { port } = new URL(stack.endpoints[process.argv[3] ?? 'http'] ?? '');
process.stdout.write(`ready ${port}\n`);
process.once('SIGTERM', () => {
  void stack.stop().finally(() => process.exit(0));
});
