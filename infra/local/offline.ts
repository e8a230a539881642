import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readConfig } from '../../shared/runtime/config.ts';
import { type ChildProcesses, createChildProcesses } from './child-processes.ts';

const USAGE = `Usage: npm run offline

Builds the functions for lmdb, serves them with serverless-offline, and hands their messages to
thing-recorder and shadow-updater. On an empty data folder it makes keys and the demo first, as npm
start does. Prints one line that begins with "mooring offline ready", and ends with SIGTERM or SIGINT.

  MOORING_HTTP_PORT  default 8080; 0 picks a free one
  MOORING_HOST       default 127.0.0.1
  MOORING_DATA_DIR   default .mooring
  --help             prints this

serverless-offline writes response header names in lower case, which the oldest C SDK does not read,
and serves some 2,000 requests a second: for devices and load there is npm start.`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const children = createChildProcesses((reason) => void end(children, reason));
  process.once('SIGTERM', () => void end(children));
  process.once('SIGINT', () => void end(children));
  // Whoever reads our output is gone: without this, the children would outlive us.
  process.stdout.once('error', () => void end(children));
  try {
    process.stdout.write(`mooring offline ready http=${await start(children)}\n`);
  } catch (error) {
    await end(children, error instanceof Error ? error.message : String(error));
  }
}

/** Returns the address. */
async function start(children: ChildProcesses): Promise<string> {
  const { host, port: wantedPort } = readConfig().http;
  const port = wantedPort === 0 ? await findFreePort(host) : wantedPort;
  const http = `http://${host}:${port}`;
  await startPump(children, http);
  await startFunctions(children, { host, port });
  await untilAnswered(http);
  return http;
}

/** The pump makes keys and demo, so that the functions find them at their first call. */
function startPump(children: ChildProcesses, http: string): Promise<void> {
  const pump = fileURLToPath(new URL('./pump.ts', import.meta.url));
  const bundle = 'dist/lmdb/thing-recorder/index.js';
  const shadows = 'dist/lmdb/shadow-updater/index.js';
  const files = ['--bundle', bundle, '--shadows', shadows];
  const args = ['--import', 'tsx', pump, ...files, '--http', http];
  return children.start('the pump', args, 'pump ready');
}

async function startFunctions(
  children: ChildProcesses,
  { host, port }: { host: string; port: number },
): Promise<void> {
  const require = createRequire(import.meta.url);
  const serverless = join(dirname(require.resolve('serverless/package.json')), 'bin/serverless.js');
  await children.start('serverless-offline', [
    ...[serverless, 'offline', 'start', '--noSponsor', '--localEnvironment'],
    ...['--host', host, '--httpPort', String(port)],
    ...['--lambdaPort', String(await findFreePort(host))],
    ...['--param', 'store=lmdb'],
  ]);
}

async function findFreePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Any status is an answer. */
async function untilAnswered(http: string): Promise<void> {
  const deadlineMs = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      await fetch(http);
      return;
    } catch (cause) {
      if (Date.now() > deadlineMs) throw new Error(`nothing answers at ${http}`, { cause });
    }
    await sleep(POLL_MS);
  }
}

async function end(children: ChildProcesses, reason?: string): Promise<void> {
  if (reason !== undefined) process.stderr.write(`mooring offline: ${reason}\n`);
  await children.stop();
  process.exit(reason === undefined ? 0 : 1);
}

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

await main();
