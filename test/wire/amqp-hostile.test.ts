import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Demo } from '../../infra/local/demo.ts';
import { startConsumer } from '../support/amqp-consumer.ts';
import { signInOverHttp } from '../support/http-poster.ts';
import {
  attach,
  begin,
  claiming,
  connectRawAmqp,
  described,
  disposition,
  double,
  flow,
  frame,
  list,
  nulls,
  open,
  type RawAmqp,
  SASL_HEADER,
  signInRawAmqp,
  text,
  transfer,
  uint,
} from '../support/raw-amqp.ts';
import { readDemo, type StackProcess, startStackProcess } from '../support/stack-process.ts';

const PATIENCE = { timeout: 5000, interval: 5 };

// In a process of its own: what it is to withstand would keep this one from telling.
let dataDir: string;
let stack: StackProcess;
let demo: Demo;
let post: Awaited<ReturnType<typeof signInOverHttp>>;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mooring-hostile-'));
  stack = await startStackProcess(dataDir);
  demo = await readDemo(dataDir);
  post = await signInOverHttp({ demo, endpoints: stack.endpoints });
}, 20_000);
afterAll(async () => {
  await stack.kill();
  await rm(dataDir, { recursive: true });
});

const url = () => stack.endpoints['amqp'] ?? '';

/** Gives the message's id. A device has a rate of messages, which is waited for. */
function publish(body: string): Promise<string> {
  return vi.waitFor(async () => {
    const topic = `/${demo.productKey}/${demo.deviceName}/user/update`;
    const { code, messageId } = await post(topic, body);
    expect(code).toBe(0);
    return messageId;
  }, PATIENCE);
}

const signIn = (): Promise<RawAmqp> =>
  signInRawAmqp(url(), { ...demo, clientId: 'hostile', consumerGroupId: 'DEFAULT_GROUP' });

async function openLink(): Promise<RawAmqp> {
  const raw = await signIn();
  raw.send(open(), begin(), attach());
  return raw;
}

/** With so many messages in its hand. */
async function holdMessages(count: number): Promise<RawAmqp> {
  const raw = await openLink();
  raw.send(flow(uint(count)));
  for (let at = 0; at < count; at += 1) await publish(`held ${at}`);
  await vi.waitFor(() => expect(raw.received().includes(`held ${count - 1}`)).toBe(true), PATIENCE);
  return raw;
}

async function metric(name: string): Promise<number> {
  const answer = await fetch(`${stack.endpoints['http']}/metrics`);
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(await answer.text())?.[1]);
}

/** That the endpoint still serves, and at once. */
async function expectService(): Promise<void> {
  const consumer = startConsumer({ url: url(), ...demo });
  const messageId = await publish('still here');
  await vi.waitFor(
    () => expect(consumer.received.map((one) => one.messageId)).toContain(messageId),
    PATIENCE,
  );
  consumer.close();
  await consumer.closed;
}

describe('a client that has not signed in cannot fill the memory', () => {
  const deep = (depth: number): Buffer => {
    let value = list();
    for (let level = 0; level < depth; level += 1) value = claiming(30_000_000, value);
    return value;
  };

  test.each([
    ['with an array of four billion nulls', list(nulls(0xffff_ffff))],
    ['with lists in lists that claim 30 million items each', deep(100)],
  ])('%s', async (_, fields) => {
    const before = await metric('process_resident_memory_bytes');
    const raw = connectRawAmqp(url());
    raw.send(SASL_HEADER, frame(described(0x41, fields), { type: 'sasl' }));
    await expectService();
    const grownBytes = (await metric('process_resident_memory_bytes')) - before;
    expect(grownBytes / 1024 / 1024).toBeLessThan(100);
  });
});

describe('no consumer keeps the process from the others', () => {
  test.each([
    ['a flow that drains four billion of credit', flow(uint(0xffff_ffff), { isDrain: true })],
    ['a flow that drains half of a credit', flow(double(0.5), { isDrain: true })],
    ['credit without end', flow(double(Number.POSITIVE_INFINITY), { isDrain: true })],
    ['an outcome of four billion deliveries', disposition(uint(0), uint(0xffff_ffff))],
    [
      'an outcome of deliveries without end',
      disposition(uint(0), double(Number.POSITIVE_INFINITY)),
    ],
  ])('with %s', async (_, bytes) => {
    const raw = await holdMessages(2);
    raw.send(bytes);
    await expectService();
  });

  test('when it drains with less credit than it has used meanwhile, as it may', async () => {
    const raw = await holdMessages(5);
    const before = raw.received().length;
    raw.send(flow(uint(1), { isDrain: true }));
    // It is told that there is no credit left.
    await vi.waitFor(() => expect(raw.received().length).toBeGreaterThan(before), PATIENCE);
    expect(raw.socket.closed).toBe(false);
    await expectService();
  });

  test.each([1, 20, 60, 511])('with frames of at most %i bytes', async (bytes) => {
    const raw = await signIn();
    raw.send(open(bytes), begin(), attach(), flow(uint(10)));
    await publish('too large for it');
    await expectService();
  });
});

describe('no consumer fills the log or the memory', () => {
  const errorOutput = () => stack.errorOutputBytes();

  test('with outcomes that there are not', async () => {
    const raw = await holdMessages(10);
    const before = errorOutput();
    const unknown = described(0x99, list(text('x'.repeat(30_000))));
    for (let count = 0; count < 10; count += 1) raw.send(disposition(uint(0), uint(9), unknown));
    await expectService();
    expect(errorOutput() - before).toBe(0);
  });

  test('with messages of its own', async () => {
    const raw = await signIn();
    const before = errorOutput();
    raw.send(open(), begin(), attach('sender', { isSender: true }));
    for (let count = 0; count < 10; count += 1) raw.send(transfer(Buffer.alloc(30_000, 0x40)));
    await expectService();
    expect(errorOutput() - before).toBe(0);
  });

  test('with links, or with sessions', async () => {
    const links = await openLink();
    for (let handle = 1; handle < 100; handle += 1) links.send(attach(`${handle}`, { handle }));
    const sessions = await openLink();
    for (let channel = 1; channel < 100; channel += 1) sessions.send(begin(channel));
    await vi.waitFor(
      () => expect([links.socket.closed, sessions.socket.closed]).toEqual([true, true]),
      PATIENCE,
    );
    await expectService();
  });

  test('with connections that are ended for its frames: no timer of theirs stays', async () => {
    const timers = () => metric('nodejs_active_resources{type="Timeout"}');
    await expectService();
    const before = await timers();
    const raws = await Promise.all(Array.from({ length: 20 }, openLink));
    for (let times = 0; times < 2; times += 1) {
      await sleep(100);
      for (const raw of raws) raw.send(Buffer.alloc(8, 0xff));
    }
    await vi.waitFor(() => expect(raws.every(({ socket }) => socket.closed)).toBe(true), PATIENCE);
    await vi.waitFor(async () => expect(await timers()).toBeLessThan(before + 10), PATIENCE);
  });
});
