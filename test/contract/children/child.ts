import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export type Child = {
  /** What it has printed so far. */
  lines(): string[];
  /** SIGKILL, and the wait for its end. */
  kill(): Promise<void>;
  /** Its exit code. */
  ended: Promise<number | null>;
};

/** Runs a script of this folder in a process of its own, killed with the test at the latest. */
export function startChild(script: string, ...args: string[]): Child {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], { stdio: [...stdio] });
  const ended = once(child, 'close').then(() => child.exitCode);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  return { lines: () => output.split('\n').slice(0, -1), kill, ended };
}
