import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../support/temp-folder.ts';

/** As a user or a service manager starts it, through npm. */
function npmStart(dataDir: string): ChildProcess {
  const child = spawn('npm', ['start', '--silent'], {
    env: {
      ...process.env,
      MOORING_DATA_DIR: dataDir,
      MOORING_HTTP_PORT: '0',
      MOORING_MQTT_PORT: '0',
      MOORING_MQTT_WS_PORT: '0',
      MOORING_AMQP_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function readyUrl(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^mooring ready .*\bhttp=(\S+)/.exec(line)?.[1];
    if (url) return url;
  }
  throw new Error('the stack ended before it was ready');
}

test('SIGTERM to npm start ends the stack cleanly', async () => {
  const child = npmStart(tempFolder());
  const url = await readyUrl(child);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  child.kill('SIGTERM');
  await once(child, 'exit');
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test('npm start refuses a folder with data whose keys are gone', async () => {
  const dataDir = tempFolder();
  const first = npmStart(dataDir);
  await readyUrl(first);
  first.kill('SIGTERM');
  await once(first, 'exit');
  await rm(join(dataDir, 'keys.json'));
  const second = npmStart(dataDir);
  let said = '';
  second.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(second, 'exit');
  expect(code).toBe(1);
  expect(said).toMatch(/keys\.json is missing, but .* holds data: put the file back/);
});
