import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

type Child = ChildProcessByStdio<null, Readable, null>;

/** Node processes that make up one program: they start, and end, together. */
export type ChildProcesses = {
  /** Their output is ours. Resolves when `readyText` was printed, or at once without one. */
  start(name: string, args: readonly string[], readyText?: string): Promise<void>;
  /** SIGTERM, then SIGKILL to those that have not ended after 5 s. */
  stop(): Promise<void>;
};

/** `onLoss` is called for a process that ended without having been stopped. */
export function createChildProcesses(onLoss: (reason: string) => void): ChildProcesses {
  const children: Child[] = [];
  let stopping = false;
  return {
    start: async (name, args, readyText) => {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      child.once('exit', (code, signal) => {
        if (!stopping) onLoss(`${name} ended with ${signal ?? `exit code ${code}`}`);
      });
      child.stdout.pipe(process.stdout);
      if (readyText !== undefined) await printed(child, readyText);
    },
    stop: async () => {
      stopping = true;
      const running = children.filter(isRunning);
      const ended = Promise.all(running.map((child) => once(child, 'exit')));
      for (const child of running) child.kill('SIGTERM');
      await Promise.race([ended, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
      for (const child of running.filter(isRunning)) child.kill('SIGKILL');
    },
  };
}

function isRunning({ exitCode, signalCode }: Child): boolean {
  return exitCode === null && signalCode === null;
}

function printed(child: Child, text: string): Promise<void> {
  return new Promise((resolve) => {
    let output = '';
    const onData = (chunk: Buffer) => {
      output += chunk.toString();
      if (!output.includes(text)) return;
      child.stdout.off('data', onData);
      resolve();
    };
    child.stdout.on('data', onData);
  });
}

const STOP_TIMEOUT_MS = 5000;
