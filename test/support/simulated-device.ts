import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { spawnMooring } from './command-line.ts';

type DeviceLine = { event: string; topic?: string; payload?: string; text?: string };

export type SimulatorProcess = {
  /** Of standard output so far. */
  lines: readonly DeviceLine[];
  /** Resolves to the first line that fits, past or to come; rejects when the process ends without it. */
  line(fits: (line: DeviceLine) => boolean): Promise<DeviceLine>;
  /** Ctrl-C; resolves to the exit code and what was written to standard error. */
  interrupt(): Promise<{ code: number; err: string }>;
};

/** `mooring device connect --json …` in a process of its own; ends with the test. */
export function startSimulator(args: readonly string[], dataDir: string): SimulatorProcess {
  const child = spawnMooring(['device', 'connect', '--json', '--data-dir', dataDir, ...args]);
  const exit = once(child, 'exit');
  const told = child.stderr ? text(child.stderr) : Promise.resolve('');
  const lines: DeviceLine[] = [];
  const looking = new Set<() => void>();
  if (!child.stdout) throw new Error('the process has no standard output');
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line));
    for (const look of looking) look();
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  return {
    lines,
    line: (fits) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find(fits);
          if (found) looking.delete(look);
          if (found) resolve(found);
        };
        looking.add(look);
        look();
        exit.then(async () => reject(new Error(`ended without that line: ${await told}`)), reject);
      }),
    interrupt: async () => {
      child.kill('SIGINT');
      const [code] = await exit;
      return { code, err: await told };
    },
  };
}
