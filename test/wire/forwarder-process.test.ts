import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLmdbStore } from '../../shared/adapters/lmdb/lmdb-store.ts';
import { addRule } from '../../shared/core/forwarding/rules.ts';
import { startAmqpGroup } from '../support/amqp-group.ts';
import { startForwarderProcess } from '../support/forwarder-process.ts';
import { ruleOf } from '../support/forwarding.ts';
import {
  type EndpointAnswer,
  type EndpointCall,
  startFunctionEndpoint,
} from '../support/function-endpoint.ts';
import { longRun } from '../support/long.ts';
import { tempFolder } from '../support/temp-folder.ts';

const TOPIC = '/pk/dev/user/update';

async function open(answer?: (call: EndpointCall) => EndpointAnswer | Promise<EndpointAnswer>) {
  const group = await startAmqpGroup();
  onTestFinished(group.stop);
  const endpoint = await startFunctionEndpoint(answer);
  onTestFinished(endpoint.stop);
  return { group, endpoint };
}

/** With no variable but those given. */
function run(args: readonly string[], env: Record<string, string> = {}) {
  const command = ['--import', 'tsx', 'infra/forwarder/main.ts', ...args];
  return spawnSync(process.execPath, command, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });
}

describe('npm run forwarder', () => {
  test('says that it is ready, forwards, and tells its health and its counts', async () => {
    const { group, endpoint } = await open();
    const rule = {
      name: 'in',
      topicFilter: '/pk/+/user/#',
      target: endpoint.endpoint,
      payload: 'body',
    };
    const forwarder = await startForwarderProcess({ port: group.port, rules: [rule] });
    expect(forwarder.ready).toMatch(
      /^forwarder ready http=http:\/\/127\.0\.0\.1:\d+ source=amqp:\/\/127\.0\.0\.1:\d+ rules=1$/,
    );
    group.publish(
      { messageId: 'a', topic: TOPIC, body: '{}' },
      { messageId: 'b', topic: '/x', body: '{}' },
    );
    await vi.waitFor(() => expect(group.count('accepted')).toBe(2), 5000);
    const health = await fetch(`${forwarder.url}/healthz`);
    expect([health.status, await health.text()]).toEqual([200, 'connected\n']);
    const metrics = await (await fetch(`${forwarder.url}/metrics`)).text();
    expect(metrics).toContain('mooring_forwarder_messages_total{rule="in",outcome="accepted"} 1');
    expect(metrics).toContain('mooring_forwarder_messages_total{rule="",outcome="unmatched"} 1');
    expect(metrics).toContain('mooring_forwarder_call_seconds_count{rule="in",outcome="done"} 1');
    expect(metrics).toContain('mooring_forwarder_in_hand_messages 0');
    expect(metrics).toContain('mooring_forwarder_source_connected 1');
    expect((await fetch(`${forwarder.url}/other`)).status).toBe(404);
    await group.stop().catch(() => undefined);
    await vi.waitFor(async () => {
      expect((await fetch(`${forwarder.url}/healthz`)).status).toBe(503);
    });
  });

  test('ends what it has in hand at SIGTERM, and takes no more', async () => {
    let answer: (reply: EndpointAnswer) => void = () => undefined;
    const { group, endpoint } = await open(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const rule = { name: 'in', topicFilter: '#', target: endpoint.endpoint, payload: 'body' };
    const env = { MOORING_FORWARDER_WINDOW: '1' };
    const forwarder = await startForwarderProcess({ port: group.port, rules: [rule], env });
    group.publish(
      { messageId: 'a', topic: TOPIC, body: '1' },
      { messageId: 'b', topic: TOPIC, body: '2' },
    );
    await vi.waitFor(() => expect(endpoint.calls).toHaveLength(1), 5000);
    forwarder.signal('SIGTERM');
    const ending = expect.objectContaining({ inHand: 1 });
    await vi.waitFor(() => expect(forwarder.log()).toContainEqual(ending));
    expect(group.outcomes('a')).toEqual([]);
    answer({});
    expect(await forwarder.ended).toBe(0);
    expect(group.outcomes('a')).toEqual(['accepted']);
    expect(group.outcomes('b')).not.toContain('accepted');
    expect(endpoint.calls).toHaveLength(1);
  });

  test('releases at SIGTERM what takes longer than it has', async () => {
    const { group, endpoint } = await open(() => new Promise(() => undefined));
    const rule = { name: 'in', topicFilter: '#', target: endpoint.endpoint, payload: 'body' };
    const env = { MOORING_FORWARDER_DRAIN_MS: '100' };
    const forwarder = await startForwarderProcess({ port: group.port, rules: [rule], env });
    group.publish({ messageId: 'a', topic: TOPIC, body: '1' });
    await vi.waitFor(() => expect(endpoint.calls).toHaveLength(1), 5000);
    forwarder.signal('SIGTERM');
    expect(await forwarder.ended).toBe(0);
    expect(group.outcomes('a')).toEqual(['released']);
  });

  test('loses nothing when it is killed in the middle of batches', async () => {
    const total = longRun ? 20_000 : 2000;
    const taken = new Set<string>();
    const { group, endpoint } = await open(({ body }) => {
      for (const { messageId } of JSON.parse(String(body)).messages) taken.add(messageId);
      return {};
    });
    const rule = {
      name: 'in',
      topicFilter: '#',
      target: endpoint.endpoint,
      batchSize: 7,
      batchWaitMs: 5,
    };
    for (let count = 0; count < total; count += 1) {
      group.publish({ messageId: `m${count}`, topic: TOPIC, body: String(count) });
    }
    for (let kill = 1; group.left() > 0; kill += 1) {
      const forwarder = await startForwarderProcess({ port: group.port, rules: [rule] });
      const goal = Math.min(total, (total * kill) / 4);
      await vi.waitFor(() => expect(group.count('accepted')).toBeGreaterThanOrEqual(goal), 30_000);
      forwarder.signal('SIGKILL');
      await forwarder.ended;
    }
    expect(group.count('accepted')).toBe(total);
    expect(taken.size).toBe(total);
  }, 120_000);

  test('takes its rules from a data folder', async () => {
    const { group, endpoint } = await open();
    const dataDir = tempFolder();
    const nowMs = Date.now;
    const store = createLmdbStore({ path: join(dataDir, 'tables'), nowMs });
    onTestFinished(() => store.close());
    const target = endpoint.endpoint;
    await addRule(ruleOf({ name: 'one', topicFilter: '/pk/+/one', target }), { store, nowMs });
    const args = ['--data-dir', dataDir];
    const forwarder = await startForwarderProcess({ port: group.port, args });
    expect(forwarder.ready).toContain(' rules=1');
    group.publish({ messageId: 'a', topic: '/pk/d/one', body: '{}' });
    await vi.waitFor(() => expect(endpoint.calls).toHaveLength(1));
  });

  test('explains itself', () => {
    const { status, stdout } = run(['--help']);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^Usage: npm run forwarder/)]);
  });

  test.each([
    {
      args: ['--rules', 'a', '--store', 'dynamodb'],
      code: 2,
      error: 'forwarder: Give one of --rules, --store and --data-dir.',
    },
    {
      args: ['--store', 'lmdb'],
      code: 2,
      error: 'forwarder: There is no store "lmdb": there are dynamodb and tablestore.',
    },
    {
      args: [],
      code: 1,
      error:
        'forwarder cannot go on: MOORING_FORWARDER_SOURCE is not set: it says where messages come from; example:',
    },
  ])('refuses $args', ({ args, code, error }) => {
    const { status, stderr } = run(args);
    expect([status, stderr]).toEqual([code, expect.stringContaining(error)]);
  });

  test('names the rule that is wrong', () => {
    const path = join(tempFolder(), 'rules.json');
    writeFileSync(path, '[{"name":"a","topicFilter":"/#/b","target":"fc3:f"}]');
    const env = { MOORING_FORWARDER_SOURCE: 'amqp://u:geheim@127.0.0.1:1' };
    const { status, stderr } = run(['--rules', path], env);
    expect([status, stderr]).toEqual([
      1,
      `forwarder cannot go on: the rules in ${path} are wrong: rule 1: topicFilter: # comes last, as in /+/+/user/#\n`,
    ]);
  });
});
