import { readConfig } from '../../shared/runtime/config.ts';
import { firstSteps } from './first-steps.ts';
import { startLocalStack } from './stack.ts';

/** `npm start`: runs the local stack until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const config = readConfig();
  const stack = await startLocalStack({ config });
  if (stack.isNew) process.stdout.write(firstSteps(stack.demo, config.dataDir));
  const addresses = Object.entries(stack.endpoints).map(([name, url]) => `${name}=${url}`);
  process.stdout.write(`mooring ready ${addresses.join(' ')}\n`);
  const stop = () => {
    stack.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function fail(error: unknown): void {
  process.stderr.write(
    `mooring cannot go on: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
}

main().catch(fail);
