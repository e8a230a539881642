import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sendUntilBroken } from '../support/load-client.ts';
import { longRun } from '../support/long.ts';
import { numberedPost, prepareSenders } from '../support/numbered-senders.ts';
import { expectRecordedOnce } from '../support/recorded-times.ts';
import { readDemo, type StackProcess, startStackProcess } from '../support/stack-process.ts';

const KILLS = longRun ? 10 : 1;
const LOAD_MS = longRun ? 2000 : 1000;
const CONNECTIONS = 16;
const DEVICES = 200;

test(
  'every message answered with code 0 is in the history once, though the process is killed under load',
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mooring-kill-'));
    const answered = new Map<number, string>();
    let sent = 0;
    try {
      let stack = await startStackProcess(dataDir);
      const senders = await prepareSenders(dataDir, DEVICES);
      const next = () => {
        const number = sent;
        sent += 1;
        return { number, bytes: numberedPost(senders[number % DEVICES], number) };
      };
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const load = Array.from({ length: CONNECTIONS }, () =>
          sendUntilBroken(portOf(stack), next, (number, body) => {
            if (body.startsWith('{"code":0'))
              answered.set(number, senders[number % DEVICES]?.deviceName ?? '');
          }),
        );
        await sleep(LOAD_MS / 2 + Math.random() * LOAD_MS);
        await stack.kill();
        await Promise.all(load);
        console.log(`kill ${kill}/${KILLS}: ${answered.size} answered of ${sent} sent`);
        stack = await startStackProcess(dataDir);
      }
      expect(answered.size).toBeGreaterThan(100 * KILLS);
      const endpoint = stack.endpoints['http'] ?? '';
      await expectRecordedOnce(endpoint, await readDemo(dataDir), answered);
      expect(await stack.terminate()).toBe(0);
    } finally {
      await rm(dataDir, { recursive: true });
    }
  },
  longRun ? 600_000 : 90_000,
);

const portOf = ({ endpoints }: StackProcess) => Number(new URL(endpoints['http'] ?? '').port);
