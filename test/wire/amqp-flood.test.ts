import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openBase } from '../../infra/local/base.ts';
import type { Message } from '../../shared/model/message.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { startConsumer } from '../support/amqp-consumer.ts';
import { signInOverHttp } from '../support/http-poster.ts';
import { longRun } from '../support/long.ts';
import { callAction } from '../support/pop-core.ts';
import { readDemo, type StackProcess, startStackProcess } from '../support/stack-process.ts';

const FLOOD = longRun ? 100_000 : 10_000;
const BACKLOG_PER_SECOND = 5000;
/** A live message overtakes all of the backlog but what is let out in a second. */
const MOST_BEFORE_LIVE = BACKLOG_PER_SECOND;
const MEGABYTE = 1024 * 1024;

let dataDir: string;
let stack: StackProcess;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mooring-flood-'));
  stack = await startStackProcess(dataDir, {
    MOORING_AMQP_BACKLOG_PER_SECOND: String(BACKLOG_PER_SECOND),
  });
});
afterAll(async () => {
  await stack.terminate();
  await rm(dataDir, { recursive: true });
});

async function metricOf(pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${stack.endpoints['http']}/metrics`)).text();
  return Number(pattern.exec(text)?.[1]);
}

const heapBytes = () => metricOf(/^nodejs_heap_size_used_bytes (\S+)/m);
const backlogOf = (group: string) =>
  metricOf(new RegExp(`^mooring_amqp_backlog_messages{group="${group}"} (\\S+)`, 'm'));

/** As devices would in hours, through a second handle on the folder. */
async function flood(productKey: string): Promise<void> {
  const base = openBase(readConfig({ MOORING_DATA_DIR: dataDir, MOORING_LOG_LEVEL: 'error' }));
  for (let from = 0; from < FLOOD; from += 1000) {
    const batch = Array.from({ length: 1000 }, (_, at) => floodMessage(productKey, from + at));
    await Promise.all(batch.map((message) => base.bus.publish(message)));
  }
  await base.bus.close();
  await base.store.close();
}

const floodMessage = (productKey: string, number: number): Message => ({
  messageId: `${number}`,
  kind: 'uplink',
  topic: `/${productKey}/flooding/user/update`,
  productKey,
  deviceName: 'flooding',
  iotId: 'flooding',
  generateTimeMs: Date.now(),
  transport: 'mqtt',
  body: Buffer.from(`flood ${number} ${'x'.repeat(200)}`),
});

test(
  `${FLOOD} messages that waited come beside live ones, which do not wait for them, and nothing is lost`,
  async () => {
    const demo = await readDemo(dataDir);
    const { productKey, deviceName } = demo;
    await flood(productKey);
    await vi.waitFor(async () => expect(await backlogOf('DEFAULT_GROUP')).toBe(FLOOD), {
      timeout: 60_000,
      interval: 200,
    });
    const heapBefore = await heapBytes();
    let mostHeap = heapBefore;

    const consumer = startConsumer({ url: stack.endpoints['amqp'] ?? '', ...demo });
    const post = await signInOverHttp({ demo, endpoints: stack.endpoints });
    const before: number[] = [];
    const flooded = () => consumer.received.filter(({ topic }) => topic.includes('/flooding/'));
    let live = 0;
    while (flooded().length < FLOOD) {
      const atPost = consumer.received.length;
      const { messageId } = await post(`/${productKey}/${deviceName}/user/update`, `live ${live}`);
      live += 1;
      await vi.waitFor(
        () =>
          expect(consumer.received.findLastIndex((one) => one.messageId === messageId)).not.toBe(
            -1,
          ),
        { timeout: 10_000, interval: 10 },
      );
      const place = consumer.received.findLastIndex((one) => one.messageId === messageId);
      before.push(place - atPost);
      mostHeap = Math.max(mostHeap, await heapBytes());
      if (live % 20 === 0) console.log(`${flooded().length} of ${FLOOD}, ${live} live`);
      await sleep(200);
    }
    expect(Math.max(...before)).toBeLessThan(MOST_BEFORE_LIVE);
    expect(live).toBeGreaterThan(1);
    const ids = new Set(flooded().map(({ messageId }) => messageId));
    expect(ids.size).toBe(FLOOD);
    // In hand at a time are a few chunks, whatever waits.
    expect((mostHeap - heapBefore) / MEGABYTE).toBeLessThan(64);
    await vi.waitFor(async () => expect(await backlogOf('DEFAULT_GROUP')).toBe(0), {
      timeout: 10_000,
      interval: 100,
    });
  },
  longRun ? 300_000 : 60_000,
);

test(
  'a group whose consumer never accepts slows neither another group nor the devices',
  async () => {
    const demo = await readDemo(dataDir);
    const { productKey, deviceName } = demo;
    const at = { demo, endpoints: stack.endpoints };
    const { GroupId } = await callAction(at, 'CreateConsumerGroup', { GroupName: 'stalled_group' });
    const groupId = String(GroupId);
    await callAction(at, 'CreateConsumerGroupSubscribeRelation', {
      ProductKey: productKey,
      ConsumerGroupId: groupId,
    });
    const url = stack.endpoints['amqp'] ?? '';
    const stalled = startConsumer({ url, ...demo, groupId, onMessage: () => undefined });
    const brisk = startConsumer({ url, ...demo });
    await vi.waitFor(() =>
      expect(brisk.connection.is_open() && stalled.connection.is_open()).toBe(true),
    );
    await flood(productKey);
    const post = await signInOverHttp(at);
    const { code, messageId } = await post(
      `/${productKey}/${deviceName}/user/update`,
      'behind it all',
    );
    expect(code).toBe(0);
    await vi.waitFor(
      () => {
        const ids = new Set(brisk.received.map((one) => one.messageId));
        expect(ids.size).toBe(FLOOD + 1);
        expect(ids.has(messageId)).toBe(true);
      },
      { timeout: 60_000, interval: 100 },
    );
    await vi.waitFor(async () => expect(await backlogOf(groupId)).toBe(FLOOD + 1), {
      timeout: 30_000,
      interval: 200,
    });
  },
  longRun ? 200_000 : 60_000,
);
