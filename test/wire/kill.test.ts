import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openBase } from '../../infra/local/base.ts';
import { registerDevice } from '../../shared/core/devices/register-device.ts';
import { issueToken, TOKEN_LIFE_MS } from '../../shared/core/token/token.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { post } from '../support/device-socket.ts';
import { sendUntilBroken } from '../support/load-client.ts';
import { longRun } from '../support/long.ts';
import { expectRecordedOnce, numberedParams } from '../support/recorded-times.ts';
import { readDemo, type StackProcess, startStackProcess } from '../support/stack-process.ts';

const KILLS = longRun ? 10 : 1;
const LOAD_MS = longRun ? 2000 : 1000;
const CONNECTIONS = 16;
const DEVICES = 200;

type Sender = { productKey: string; deviceName: string; token: string };

test(
  'every message answered with code 0 is in the history once, though the process is killed under load',
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mooring-kill-'));
    const answered = new Map<number, string>();
    let sent = 0;
    try {
      let stack = await startStackProcess(dataDir);
      const senders = await prepareSenders(dataDir);
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

/** Through a second handle on the folder, as another process would. */
async function prepareSenders(dataDir: string): Promise<Sender[]> {
  const base = openBase(readConfig({ MOORING_DATA_DIR: dataDir, MOORING_LOG_LEVEL: 'error' }));
  const { productKey } = await readDemo(dataDir);
  const senders = await Promise.all(
    Array.from({ length: DEVICES }, async (_, index) => {
      const registered = await registerDevice({ productKey, deviceName: `killed-${index}` }, base);
      if (!registered.ok) throw new Error(JSON.stringify(registered.failure));
      const { deviceName, generation } = registered.value.device;
      const expiresAtMs = Date.now() + TOKEN_LIFE_MS;
      return {
        productKey,
        deviceName,
        token: issueToken({ productKey, deviceName, generation, expiresAtMs }, base.tokenKeys),
      };
    }),
  );
  await base.bus.close();
  await base.store.close();
  return senders;
}

function numberedPost(sender: Sender | undefined, number: number): Buffer {
  if (!sender) throw new Error('no sender');
  const { productKey, deviceName, token } = sender;
  const params = numberedParams(number);
  const body = JSON.stringify({
    id: String(number),
    version: '1.0',
    params,
    method: 'thing.event.property.post',
  });
  const headers = [`password: ${token}`, 'Content-Type: application/octet-stream'];
  return post(`/topic/sys/${productKey}/${deviceName}/thing/event/property/post`, headers, body);
}
