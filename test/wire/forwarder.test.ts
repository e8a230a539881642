import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startAmqpGroup } from '../support/amqp-group.ts';
import { ruleOf, startForwarding } from '../support/forwarding.ts';
import {
  type EndpointAnswer,
  type EndpointCall,
  startFunctionEndpoint,
} from '../support/function-endpoint.ts';

const TOPIC = '/a1TestProd01/dev_001/thing/event/property/post';

async function openGroup(options: Parameters<typeof startAmqpGroup>[0] = {}) {
  const group = await startAmqpGroup(options);
  onTestFinished(group.stop);
  return group;
}

async function openEndpoint(
  answer?: (call: EndpointCall) => EndpointAnswer | Promise<EndpointAnswer>,
) {
  const endpoint = await startFunctionEndpoint(answer);
  onTestFinished(endpoint.stop);
  return endpoint;
}

const messages = (count: number, topic = TOPIC) =>
  Array.from({ length: count }, (_, index) => ({
    messageId: `m${index}`,
    topic,
    body: `{"n":${index}}`,
  }));

describe('a forwarder', () => {
  test('signs in as a consumer, and accepts a message once its target has succeeded', async () => {
    const group = await openGroup();
    let answer: (reply: EndpointAnswer) => void = () => undefined;
    const endpoint = await openEndpoint(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const rule = ruleOf({ target: `${endpoint.endpoint}/in`, batchWaitMs: 0 });
    startForwarding(group, { rules: () => [rule] });
    group.publish(...messages(1));
    await vi.waitFor(() => expect(endpoint.calls).toHaveLength(1));
    expect(group.outcomes('m0')).toEqual([]);
    expect(JSON.parse(String(endpoint.calls[0]?.body))).toEqual({
      source: 'mooring:amqp',
      messages: [
        {
          messageId: 'm0',
          topic: TOPIC,
          generateTimeMs: 1_700_000_000_000,
          productKey: 'a1TestProd01',
          deviceName: 'dev_001',
          body: '{"n":0}',
          isBase64Encoded: false,
          isDuplicate: false,
        },
      ],
    });
    answer({ status: 204, body: '' });
    await vi.waitFor(() => expect(group.outcomes('m0')).toEqual(['accepted']));
    expect(group.logins[0]).toMatch(
      /^c1\|authMode=aksign,signMethod=hmacsha1,timestamp=\d{13},authId=akTest01,consumerGroupId=group1\|$/,
    );
    expect(group.opened).toEqual([{ idleTimeoutMs: 60_000, address: undefined }]);
  });

  test('has no more messages in calls than its window, and loses none of 300', async () => {
    const group = await openGroup();
    const endpoint = await openEndpoint();
    const rule = ruleOf({ target: `${endpoint.endpoint}/in`, payload: 'body' });
    startForwarding(group, { rules: () => [rule], window: 20, calls: 50 });
    group.publish(...messages(300));
    await vi.waitFor(() => expect(group.count('accepted')).toBe(300), 15_000);
    expect(endpoint.mostAtOnce()).toBeLessThanOrEqual(20);
    expect(endpoint.calls).toHaveLength(300);
    // Credit may reach the source a moment before what made room for it.
    expect(group.mostOut()).toBeLessThanOrEqual(40);
  });

  test('takes nothing from its source while there is no rule, and begins when there is one', async () => {
    const group = await openGroup();
    const endpoint = await openEndpoint();
    const rules: ReturnType<typeof ruleOf>[] = [];
    group.publish(...messages(3));
    const { source, forwarder } = startForwarding(group, { rules: () => rules });
    await vi.waitFor(() => expect(source.status()).toBe('connected'));
    await sleep(50);
    expect(group.mostOut()).toBe(0);
    rules.push(ruleOf({ target: endpoint.endpoint }));
    source.allow(forwarder.room());
    await vi.waitFor(() => expect(group.count('accepted')).toBe(3));
  });

  test('hands over again what was redelivered, and marks it', async () => {
    const group = await openGroup();
    const marks: unknown[] = [];
    const endpoint = await openEndpoint(({ body }) => {
      marks.push(JSON.parse(String(body)).messages[0].isDuplicate);
      return {};
    });
    const rule = ruleOf({ target: endpoint.endpoint, batchSize: 1 });
    startForwarding(group, { rules: () => [rule] });
    group.publish({ messageId: 'a', topic: TOPIC, body: '{}', deliveryCount: 1 });
    await vi.waitFor(() => expect(marks).toEqual([true]));
    group.publish({ messageId: 'b', topic: TOPIC, body: '{}' });
    await vi.waitFor(() => expect(marks).toEqual([true, false]));
    group.publish({ messageId: 'b', topic: TOPIC, body: '{}' });
    await vi.waitFor(() => expect(marks).toEqual([true, false, true]));
  });
});

describe('a target', () => {
  test('that is throttled gets its messages once it takes them', async () => {
    const group = await openGroup();
    let left = 5;
    const endpoint = await openEndpoint(() => {
      left -= 1;
      return left >= 0 ? { status: 429 } : {};
    });
    const rule = ruleOf({ target: endpoint.endpoint, payload: 'body' });
    startForwarding(group, { rules: () => [rule] });
    group.publish(...messages(4));
    await vi.waitFor(() => expect(group.count('accepted')).toBe(4));
    expect(group.count('released')).toBe(0);
  });

  test('that is slow holds nothing but its own calls, and is given up after the time-out', async () => {
    const group = await openGroup({ redeliverMs: 60_000 });
    const slow = await openEndpoint(() => new Promise(() => undefined));
    const fast = await openEndpoint();
    const rules = [
      ruleOf({ name: 'slow', topicFilter: '/pk/slow/#', target: slow.endpoint, payload: 'body' }),
      ruleOf({ name: 'fast', topicFilter: '/pk/fast/#', target: fast.endpoint, payload: 'body' }),
    ];
    startForwarding(group, { rules: () => rules, window: 10, retryDelaysMs: [10] }, 'c1', 200);
    group.publish(...messages(5, '/pk/slow/user/a'));
    group.publish(
      ...messages(50, '/pk/fast/user/a').map((one) => ({ ...one, messageId: `f${one.messageId}` })),
    );
    await vi.waitFor(() => expect(group.count('accepted')).toBe(50));
    await vi.waitFor(() => expect(group.count('released')).toBe(5), 3000);
    expect(slow.calls).toHaveLength(10);
  });

  test('that fails has its messages released after the retries; the source brings them again', async () => {
    const group = await openGroup();
    let isBroken = true;
    const endpoint = await openEndpoint(() => (isBroken ? { status: 500 } : {}));
    const rule = ruleOf({ target: endpoint.endpoint, batchWaitMs: 0 });
    startForwarding(group, { rules: () => [rule] });
    group.publish(...messages(3));
    await vi.waitFor(() => expect(group.count('released')).toBe(3));
    isBroken = false;
    await vi.waitFor(() => expect(group.count('accepted')).toBe(3));
  });

  test('that chokes on one message gets all others, batch by batch', async () => {
    const group = await openGroup({ redeliverMs: 60_000 });
    const endpoint = await openEndpoint(({ body }) =>
      String(body).includes('poison') ? { status: 400, body: 'poisoned' } : {},
    );
    const rule = ruleOf({ target: endpoint.endpoint, batchSize: 10, batchWaitMs: 20 });
    const dead = await openEndpoint();
    const letters: unknown[] = [];
    const sink = {
      put: async (letter: unknown) => {
        letters.push(letter);
      },
      close: dead.stop,
    };
    startForwarding(group, { rules: () => [rule], deadLetters: { kind: 'send', sink } });
    const many = messages(100);
    many.splice(37, 1, { messageId: 'm37', topic: TOPIC, body: 'poison' });
    group.publish(...many);
    await vi.waitFor(() => expect(group.count('accepted')).toBe(100), 5000);
    expect(letters).toMatchObject([
      {
        message: { messageId: 'm37' },
        reason: 'the target answers with status 400: poisoned',
        rule: 'all',
      },
    ]);
  });

  test('that crashes the connection keeps its place: nothing is lost', async () => {
    const group = await openGroup();
    let count = 0;
    const endpoint = await openEndpoint(() => {
      count += 1;
      if (count === 3) void endpoint.stop();
      return {};
    });
    const rule = ruleOf({ target: endpoint.endpoint, payload: 'body' });
    startForwarding(group, { rules: () => [rule], window: 1, retryDelaysMs: [5] });
    group.publish(...messages(10));
    await vi.waitFor(() => expect(group.count('released')).toBeGreaterThan(0));
    expect(group.count('accepted') + group.left()).toBeLessThanOrEqual(10);
    expect(group.count('rejected')).toBe(0);
  });
});

describe('the order of a device', () => {
  test('holds when a message in the middle fails', async () => {
    const group = await openGroup();
    const taken: string[] = [];
    const failed = new Set<string>();
    const endpoint = await openEndpoint(({ body }) => {
      const [{ body: text, topic }] = JSON.parse(String(body)).messages;
      const name = `${topic.split('/')[2]} ${text}`;
      if (text === '2' && !failed.has(name)) {
        failed.add(name);
        return { status: 503 };
      }
      taken.push(name);
      return {};
    });
    const rule = ruleOf({ target: endpoint.endpoint, batchSize: 1, order: 'device' });
    startForwarding(group, { rules: () => [rule], window: 50 });
    for (const text of ['1', '2', '3', '4']) {
      for (const device of ['a', 'b', 'c']) {
        group.publish({ messageId: `${device}${text}`, topic: `/pk/${device}/user/x`, body: text });
      }
    }
    await vi.waitFor(() => expect(group.count('accepted')).toBe(12));
    for (const device of ['a', 'b', 'c']) {
      const ofDevice = taken.filter((name) => name.startsWith(device));
      expect(ofDevice).toEqual(['1', '2', '3', '4'].map((text) => `${device} ${text}`));
    }
  });
});
