import { text as readText } from 'node:stream/consumers';
import { readCliConfig } from '../../shared/runtime/cli-config.ts';
import type { Terminal } from './command.ts';
import { run } from './run.ts';
import { onStopSignal } from './stop-signals.ts';

const terminal: Terminal = {
  out: (result) => process.stdout.write(result),
  err: (text) => process.stderr.write(text),
  hasColor: process.stdout.isTTY === true && process.stdout.hasColors(),
  readInput: () => readText(process.stdin),
};

/** Whoever reads has gone (`mooring tail | head`): nothing is left to do, and nothing went wrong. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const args = process.argv.slice(2);

/** A tail waits inside the store for the next message and cannot be called back; it has nothing to undo. */
if (args[0] === 'tail') onStopSignal(() => process.exit(0));

run(args, { terminal, readConfig: readCliConfig }).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    throw error;
  },
);
