import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type Started = {
  port: number;
  /** That it told of behind the first. */
  otherPorts: readonly number[];
  cpuSeconds(): number;
  stop(): Promise<void>;
};

/** Runs a script of bench/, as run.mjs bundled it, on one core (where the machine has two and taskset) until it says `ready <port> …`. */
export async function startProcess(options: {
  script: string;
  args?: readonly string[];
  env?: Record<string, string>;
  core: 0 | 1;
}): Promise<Started> {
  const script = join('.build/bench', `${options.script}.mjs`);
  const node = [process.execPath, ...NODE_FLAGS, script, ...(options.args ?? [])];
  const [command = '', ...args] =
    availableParallelism() > 1 ? ['taskset', '-c', String(options.core), ...node] : node;
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...options.env },
  });
  const [port = 0, ...otherPorts] = await readyPorts(child);
  return {
    port,
    otherPorts,
    cpuSeconds: () => cpuSecondsOf(child),
    stop: () => stop(child),
  };
}

/** Those of `npm start`, for both sides. */
const NODE_FLAGS = ['--max-semi-space-size=64'];

async function readyPorts(child: ChildProcess): Promise<number[]> {
  if (!child.stdout) throw new Error('no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready ')) {
      child.stdout.resume();
      return line.split(' ').slice(1).map(Number);
    }
  }
  throw new Error('the process ended before it was ready');
}

const CLOCK_TICKS_PER_SECOND = 100;

/** User and system time, from /proc; 0 where there is none. */
function cpuSecondsOf({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
