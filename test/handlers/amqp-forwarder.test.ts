import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLmdbStore } from '../../shared/adapters/lmdb/lmdb-store.ts';
import { addRule, removeRule } from '../../shared/core/forwarding/rules.ts';
import type { CloudHandler } from '../../shared/runtime/http-function.ts';
import { type AmqpGroup, GROUP_KEY, startAmqpGroup } from '../support/amqp-group.ts';
import { ruleOf } from '../support/forwarding.ts';
import { type FunctionEndpoint, startFunctionEndpoint } from '../support/function-endpoint.ts';

const EVENTS = join(import.meta.dirname, '../../events/amqp-forwarder');

type Expected = { answer?: object; bodies?: readonly string[]; error?: string };

const readJson = (file: string): unknown => JSON.parse(readFileSync(join(EVENTS, file), 'utf8'));
const files = readdirSync(EVENTS).filter((file) => file !== 'expected.json');

let group: AmqpGroup;
let endpoint: FunctionEndpoint;
let handler: CloudHandler;
let dataDir: string;
let store: ReturnType<typeof createLmdbStore>;
let status = 200;
let delayMs = 0;

/** The function itself, with the store that it is bound to. */
beforeAll(async () => {
  group = await startAmqpGroup();
  endpoint = await startFunctionEndpoint(async () => {
    if (delayMs > 0) await sleep(delayMs);
    return { status };
  });
  dataDir = await mkdtemp(join(tmpdir(), 'mooring-'));
  store = createLmdbStore({ path: join(dataDir, 'tables'), nowMs: Date.now });
  await addRule(RULE(), { store, nowMs: Date.now });
  Object.assign(process.env, {
    MOORING_DATA_DIR: dataDir,
    MOORING_LOG_LEVEL: 'silent',
    MOORING_FORWARDER_SOURCE: `amqp://127.0.0.1:${group.port}`,
    MOORING_FORWARDER_ACCESS_KEY_ID: GROUP_KEY.accessKeyId,
    MOORING_FORWARDER_ACCESS_KEY_SECRET: GROUP_KEY.accessKeySecret,
    MOORING_FORWARDER_GROUP: 'group1',
    MOORING_FORWARDER_IDLE_MS: '300',
    MOORING_FORWARDER_CALLS: '10',
  });
  ({ handler } = await import('../../functions/amqp-forwarder/index.ts'));
});

const RULE = () =>
  ruleOf({ name: 'user', topicFilter: '/+/+/user/#', target: endpoint.endpoint, batchSize: 1 });

afterAll(async () => {
  await store.close();
  await rm(dataDir, { recursive: true });
  await endpoint.stop();
  await group.stop();
});

beforeEach(() => {
  endpoint.calls.length = 0;
  status = 200;
  delayMs = 0;
});

const bodies = () => endpoint.calls.map(({ body }) => JSON.parse(String(body)).messages[0].body);

describe('events/amqp-forwarder', () => {
  const expected = readJson('expected.json') as Record<string, Expected>;

  test('each payload has its expected answer', () => {
    expect(Object.keys(expected).sort()).toEqual(files);
  });

  test.each(files)('%s gets its expected answer', async (file) => {
    const { answer, bodies: sent, error } = expected[file] ?? {};
    if (file.startsWith('timer-')) {
      const body = '{"from":"the group"}';
      group.publish({ messageId: file, topic: '/a1TestProd01/dev_001/user/update', body });
    }
    // Function Compute hands bytes over, Lambda an object.
    const payload = readJson(file);
    const event = file.includes('fc') ? Buffer.from(JSON.stringify(payload)) : payload;
    const answering = handler(event, {});
    if (error !== undefined) {
      await expect(answering).rejects.toThrow(error);
      return;
    }
    expect(await answering).toEqual(answer);
    expect(bodies().sort()).toEqual([...(sent ?? [])].sort());
  });
});

describe('a drain', () => {
  const timer = () => readJson('timer-fc-accepted.json');

  test('ends when its time is nearly over, and leaves the rest to the next run', async () => {
    let left = 3000;
    delayMs = 20;
    const context = { getRemainingTimeInMillis: () => left };
    for (let count = 0; count < 1000; count += 1) {
      group.publish({ messageId: `n${count}`, topic: '/a1TestProd01/dev/user/x', body: '1' });
    }
    const summary = await handler(timer(), context);
    expect(summary).toMatchObject({ endedBy: 'budget' });
    const { accepted } = summary as { accepted: number };
    expect(accepted).toBeGreaterThan(0);
    // What was released comes back a moment later.
    await vi.waitFor(() => expect(group.left()).toBe(1000 - accepted));
    left = 60_000;
    delayMs = 0;
    expect(await handler(timer(), context)).toMatchObject({ endedBy: 'idle' });
    expect(group.left()).toBe(0);
  });

  test('takes nothing without a rule', async () => {
    await removeRule('user', store);
    group.publish({ messageId: 'kept', topic: '/a1TestProd01/dev/user/x', body: '1' });
    expect(await handler(timer(), {})).toMatchObject({ accepted: 0, unmatched: 0 });
    expect(group.left()).toBe(1);
    await addRule(RULE(), { store, nowMs: Date.now });
    expect(await handler(timer(), {})).toMatchObject({ accepted: 1 });
  });
});

describe('a queue', () => {
  test('brings the whole batch again where what failed cannot be put into a retry queue', async () => {
    status = 400;
    await expect(handler(readJson('rmq-lambda-accepted.json'), {})).rejects.toThrow(
      'messages have failed, and MOORING_RABBITMQ_URL, by which they would go into a retry queue, is not set; the first reason: the target answers with status 400',
    );
  });

  test('brings the whole batch again where there is no rule', async () => {
    await removeRule('user', store);
    await expect(handler(readJson('rmq-lambda-accepted.json'), {})).rejects.toThrow(
      'there are no forwarding rules',
    );
    await addRule(RULE(), { store, nowMs: Date.now });
  });
});
