import { readForwarderConfig, requireSource } from '../../shared/runtime/forwarder-config.ts';
import { startForwarder } from './forwarder-process.ts';
import { OptionsError, readOptions, USAGE } from './options.ts';
import { openRuleSource } from './rule-source.ts';

/** `npm run forwarder`: forwards until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  const config = readForwarderConfig();
  const { server, address } = requireSource(config);
  const forwarder = await startForwarder(config, await openRuleSource(options, config));
  const scheme = server.isTls ? 'amqps' : 'amqp';
  const source = `${scheme}://${server.host}:${server.port}${address === undefined ? '' : `#${address}`}`;
  process.stdout.write(
    `forwarder ready http=${forwarder.url} source=${source} rules=${forwarder.ruleCount}\n`,
  );
  const stop = () => {
    forwarder.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof OptionsError;
  process.stderr.write(
    isUsage ? `forwarder: ${message}\n\n${USAGE}` : `forwarder cannot go on: ${message}\n`,
  );
  process.exit(isUsage ? 2 : 1);
}

main().catch(fail);
