import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { GROUP_KEY } from './amqp-group.ts';
import { tempFolder } from './temp-folder.ts';

/** The forwarder in a process of its own. */
export type ForwarderProcess = {
  /** Of health and metrics. */
  url: string;
  /** The line that says that it is ready. */
  ready: string;
  log(): readonly Record<string, unknown>[];
  signal(signal: NodeJS.Signals): void;
  /** Resolves with its exit code. */
  ended: Promise<number | null>;
};

/** Rejects with what it wrote where it ends before it is ready. */
export async function startForwarderProcess(options: {
  port: number;
  rules?: readonly unknown[];
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
}): Promise<ForwarderProcess> {
  const { port, rules, env } = options;
  const args = options.args ?? ['--rules', rulesFile(rules ?? [])];
  const child = spawn(process.execPath, ['--import', 'tsx', 'infra/forwarder/main.ts', ...args], {
    env: {
      PATH: process.env['PATH'],
      MOORING_FORWARDER_SOURCE: `amqp://127.0.0.1:${port}`,
      MOORING_FORWARDER_ACCESS_KEY_ID: GROUP_KEY.accessKeyId,
      MOORING_FORWARDER_ACCESS_KEY_SECRET: GROUP_KEY.accessKeySecret,
      MOORING_FORWARDER_GROUP: 'group1',
      MOORING_FORWARDER_HTTP_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null);
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const log: Record<string, unknown>[] = [];
  const ready = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('forwarder ready ')) resolve(line);
      else if (line.startsWith('{')) log.push(JSON.parse(line));
    });
    void ended.then((code) => reject(new Error(`exit ${code}: ${err}`)));
  });
  const line = await ready;
  return {
    url: /http=(\S+)/.exec(line)?.[1] ?? '',
    ready: line,
    log: () => log,
    signal: (signal) => void child.kill(signal),
    ended,
  };
}

function rulesFile(rules: readonly unknown[]): string {
  const path = join(tempFolder(), 'rules.json');
  writeFileSync(path, JSON.stringify(rules));
  return path;
}
