import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { startConsumer, type TestConsumer } from '../support/amqp-consumer.ts';
import { signInOverHttp } from '../support/http-poster.ts';
import { longRun } from '../support/long.ts';
import { readDemo, type StackProcess, startStackProcess } from '../support/stack-process.ts';

const KILLS = longRun ? 10 : 2;
const POSTS_A_KILL = 20;

test(
  'every message answered with code 0 reaches the consumer, though the stack is killed with some in hand',
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mooring-amqp-kill-'));
    const answered: string[] = [];
    const received = new Map<string, number>();
    let stack = await startStackProcess(dataDir, SETTINGS);
    try {
      const demo = await readDemo(dataDir);
      const { productKey, deviceName } = demo;
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const consumer = consume(stack, demo, received, kill);
        const post = await signInOverHttp({ demo, endpoints: stack.endpoints });
        for (let count = 0; count < POSTS_A_KILL; count += 1) {
          const text = `kill ${kill}, post ${count}`;
          const { code, messageId } = await post(`/${productKey}/${deviceName}/user/update`, text);
          if (code === 0) answered.push(messageId);
          await sleep(20 * Math.random());
        }
        await stack.kill();
        await consumer.closed;
        console.log(
          `kill ${kill}/${KILLS}: ${received.size} accepted of ${answered.length} answered`,
        );
        stack = await startStackProcess(dataDir, SETTINGS);
      }
      consume(stack, demo, received, 0);
      await vi.waitFor(() => expect(answered.filter((id) => !received.has(id))).toEqual([]), {
        timeout: 90_000,
        interval: 200,
      });
      expect(answered.length).toBeGreaterThan(POSTS_A_KILL);
      expect(new Set(answered).size).toBe(answered.length);
    } finally {
      await stack.kill();
      await rm(dataDir, { recursive: true });
    }
  },
  longRun ? 300_000 : 120_000,
);

const SETTINGS = { MOORING_AMQP_BACKLOG_PER_SECOND: '5000' };

/** Accepts two of three while there are kills to come, and gives none back. */
function consume(
  stack: StackProcess,
  demo: Parameters<typeof signInOverHttp>[0]['demo'],
  received: Map<string, number>,
  kill: number,
): TestConsumer {
  let count = 0;
  return startConsumer({
    url: stack.endpoints['amqp'] ?? '',
    ...demo,
    onMessage: (delivery, { messageId }) => {
      count += 1;
      if (kill > 0 && count % 3 === 0) return;
      received.set(messageId, (received.get(messageId) ?? 0) + 1);
      delivery.accept();
    },
  });
}
