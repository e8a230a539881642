import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What hands the bus to built functions, in a process of its own. */
export type PumpProcess = {
  /** At once, with nothing put in order. */
  kill(): Promise<void>;
  /** Resolves with its exit code. */
  terminate(): Promise<number | null>;
};

/** `functions`: the folder of a build, `dist/<store>`. */
export async function startPumpProcess(
  functions: string,
  env: Readonly<Record<string, string>>,
): Promise<PumpProcess> {
  const args = ['--bundle', `${functions}/thing-recorder/index.js`];
  const child = spawn(process.execPath, ['--import', 'tsx', 'infra/local/pump.ts', ...args], {
    env: { ...process.env, MOORING_LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'pump ready') break;
  }
  child.stdout.resume();
  return {
    kill: async () => {
      await end('SIGKILL');
    },
    terminate: () => end('SIGTERM'),
  };
}
