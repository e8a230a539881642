import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Demo } from '../../infra/local/demo.ts';

/** The local stack in a process of its own, so that it can be killed. */
export type StackProcess = {
  endpoints: Readonly<Record<string, string>>;
  /** At once, with nothing put in order. */
  kill(): Promise<void>;
  /** As an operator ends it; resolves with its exit code. */
  terminate(): Promise<number | null>;
  /** How much it has written there so far. */
  errorOutputBytes(): number;
};

export async function startStackProcess(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<StackProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'infra/local/main.ts'], {
    env: {
      ...process.env,
      MOORING_DATA_DIR: dataDir,
      MOORING_HTTP_PORT: '0',
      MOORING_MQTT_PORT: '0',
      MOORING_MQTT_WS_PORT: '0',
      MOORING_AMQP_PORT: '0',
      MOORING_LOG_LEVEL: 'error',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errorOutputBytes = 0;
  child.stderr.on('data', (chunk: Buffer) => {
    errorOutputBytes += chunk.length;
    process.stderr.write(chunk);
  });
  const exited = once(child, 'exit');
  const endpoints = await endpointsOf(child.stdout);
  child.stdout.resume();
  return {
    endpoints,
    errorOutputBytes: () => errorOutputBytes,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    terminate: async () => {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}

async function endpointsOf(output: NonNullable<ChildProcess['stdout']>) {
  for await (const line of createInterface({ input: output })) {
    if (!line.startsWith('mooring ready ')) continue;
    const pairs = line.split(' ').slice(2);
    return Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
  }
  throw new Error('the stack ended before it was ready');
}

export async function readDemo(dataDir: string): Promise<Demo> {
  return JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8'));
}
