import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { lockFolder } from '../../infra/local/folder-lock.ts';
import { runCli } from '../support/cli.ts';
import { longRun } from '../support/long.ts';
import { tempFolder } from '../support/temp-folder.ts';

const ROUNDS = longRun ? 20 : 2;
const TIMEOUT_MS = 60_000;

type Start = { child: ChildProcess; outcome: Promise<'ready' | { code: number; said: string }> };

function startOn(dataDir: string): Start {
  const child = spawn(process.execPath, ['--import', 'tsx', 'infra/local/main.ts'], {
    env: {
      ...process.env,
      MOORING_DATA_DIR: dataDir,
      MOORING_HTTP_PORT: '0',
      MOORING_MQTT_PORT: '0',
      MOORING_MQTT_WS_PORT: '0',
      MOORING_AMQP_PORT: '0',
      MOORING_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, outcome: outcomeOf(child) };
}

async function outcomeOf(child: ChildProcess): ReturnType<() => Start['outcome']> {
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const ended = once(child, 'close');
  if (!child.stdout) throw new Error('no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('mooring ready')) continue;
    child.stdout.resume();
    return 'ready';
  }
  const [code] = await ended;
  return { code, said };
}

const refusal = ({ pid }: ChildProcess, dataDir: string) => ({
  code: 1,
  said: `mooring cannot go on: process ${pid} runs on ${dataDir}; stop it, or start on another folder with MOORING_DATA_DIR\n`,
});

async function kill({ child }: Start, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

test('a second stack of one process is refused until the first has let go', async () => {
  const dataDir = join(tempFolder(), 'new');
  const release = lockFolder(dataDir);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  const refused = `process ${process.pid} runs on ${dataDir}; stop it`;
  expect(() => lockFolder(dataDir)).toThrow(refused);
  await release();
  await lockFolder(dataDir)();
  expect(readdirSync(dataDir)).toEqual([]);
});

test(
  'a second start on a folder is refused, leaves its files as they are, and commands go on',
  async () => {
    const dataDir = tempFolder();
    const first = startOn(dataDir);
    expect(await first.outcome).toBe('ready');
    const demoPath = join(dataDir, 'demo.json');
    const before = { text: readFileSync(demoPath, 'utf8'), inode: statSync(demoPath).ino };
    expect(await startOn(dataDir).outcome).toEqual(refusal(first.child, dataDir));
    const after = { text: readFileSync(demoPath, 'utf8'), inode: statSync(demoPath).ino };
    expect(after).toEqual(before);
    const env = { MOORING_DATA_DIR: dataDir };
    expect(await runCli(['devices', 'export'], { env })).toMatchObject({ code: 0 });
    await kill(first, 'SIGTERM');
    const next = startOn(dataDir);
    expect(await next.outcome).toBe('ready');
  },
  TIMEOUT_MS,
);

test(
  'of two starts at once one comes up and the other names it, on a new folder and after SIGKILL',
  async () => {
    const dataDir = tempFolder();
    for (let round = 0; round < ROUNDS; round += 1) {
      const starts = [startOn(dataDir), startOn(dataDir)];
      const outcomes = await Promise.all(starts.map(({ outcome }) => outcome));
      const winners = starts.filter((_, index) => outcomes[index] === 'ready');
      expect(winners).toHaveLength(1);
      const [winner] = winners;
      if (!winner) return;
      expect(outcomes).toContainEqual(refusal(winner.child, dataDir));
      await kill(winner, 'SIGKILL');
    }
  },
  ROUNDS * TIMEOUT_MS,
);

test.runIf(process.platform === 'linux')(
  'a lock of an earlier process, whose id another one has by now, is taken over',
  async () => {
    const dataDir = tempFolder();
    const other = spawn('sleep', ['600'], { stdio: 'ignore' });
    onTestFinished(() => void other.kill('SIGKILL'));
    writeFileSync(join(dataDir, 'stack.lock'), `${other.pid} another-boot/1234`);
    expect(await startOn(dataDir).outcome).toBe('ready');
  },
  TIMEOUT_MS,
);
