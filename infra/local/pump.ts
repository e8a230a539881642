import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { BatchHandler } from '../../shared/ports/message-bus.ts';
import { decodeBatchAnswer, encodeBusEvent } from '../../shared/runtime/bus-event.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import type { CloudHandler } from '../../shared/runtime/http-function.ts';
import { openBase } from './base.ts';
import { startConsumers } from './consumers.ts';
import { ensureDemo } from './demo.ts';

const USAGE = `Usage: node --import tsx infra/local/pump.ts --bundle <file> [--shadows <file>] [--http <url>]

Hands the messages of the data folder's bus to thing-recorder and shadow-updater of a build, as a
queue's trigger would in a cloud, until SIGTERM or SIGINT. Prints "pump ready" once it consumes.

  --bundle <file>   the built function, dist/lmdb/thing-recorder/index.js
  --shadows <file>  dist/lmdb/shadow-updater/index.js
  --http <url>      makes keys and demo of an empty folder, with this address of the HTTP functions
  --help            prints this`;

/** What a trigger does: the batch as an event in, the items that failed out. */
function throughBundle(file: string): BatchHandler {
  const require = createRequire(import.meta.url);
  const { handler } = require(resolve(file)) as { handler: CloudHandler };
  return async (batch) => decodeBatchAnswer(await handler(encodeBusEvent(batch)));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      bundle: { type: 'string' },
      shadows: { type: 'string' },
      http: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help || values.bundle === undefined) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(values.help ? 0 : 2);
  }
  const config = readConfig();
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const base = openBase(config);
  if (values.http !== undefined) await ensureDemo(config.dataDir, base, { http: values.http });
  const shadowUpdater = values.shadows === undefined ? undefined : throughBundle(values.shadows);
  const consumers = startConsumers(base, throughBundle(values.bundle), shadowUpdater);
  const stop = async () => {
    await consumers.stop();
    await base.bus.close();
    await base.store.close();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop().catch(fail));
  process.once('SIGINT', () => void stop().catch(fail));
  process.stdout.write('pump ready\n');
}

function fail(error: unknown): void {
  process.stderr.write(`pump: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
