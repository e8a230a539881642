import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createAmqpDeadLetters } from '../../shared/adapters/amqp/amqp-dead-letters.ts';
import { startAmqpGroup } from '../support/amqp-group.ts';
import { ruleOf, startForwarding } from '../support/forwarding.ts';
import { findFreePorts } from '../support/free-ports.ts';
import { startFunctionEndpoint } from '../support/function-endpoint.ts';
import { listenOnLoopback } from '../support/loopback.ts';

const TOPIC = '/pk/dev/user/update';

async function open(options: Parameters<typeof startAmqpGroup>[0] = {}) {
  const group = await startAmqpGroup(options);
  onTestFinished(group.stop);
  const endpoint = await startFunctionEndpoint();
  onTestFinished(endpoint.stop);
  const rules = [ruleOf({ target: endpoint.endpoint, payload: 'body' })];
  return { group, endpoint, rules: () => rules };
}

describe('a forwarder', () => {
  test('connects again with a fresh signature, and takes what it had not settled once more', async () => {
    const { group, endpoint, rules } = await open();
    const { log } = startForwarding(group, { rules });
    group.publish({ messageId: 'a', topic: TOPIC, body: '1' });
    await vi.waitFor(() => expect(group.outcomes('a')).toEqual(['accepted']));
    group.cut();
    group.publish({ messageId: 'b', topic: TOPIC, body: '2' });
    await vi.waitFor(() => expect(group.outcomes('b')).toEqual(['accepted']), 5000);
    expect(new Set(group.logins).size).toBe(2);
    expect(endpoint.calls.map(({ body }) => String(body))).toEqual(['1', '2']);
    expect(log.lines.map(({ message }) => message)).toEqual([
      'the source is connected',
      'the source is lost',
      'the source is connected',
    ]);
  });

  test('waits for a source that is not there yet', async () => {
    const [port = 0] = await findFreePorts(1);
    const { endpoint, rules } = await open();
    const { source } = startForwarding({ port }, { rules });
    await sleep(100);
    expect(source.status()).toBe('connecting');
    const late = await startAmqpGroup({ port });
    onTestFinished(late.stop);
    late.publish({ messageId: 'a', topic: TOPIC, body: '1' });
    await vi.waitFor(() => expect(late.outcomes('a')).toEqual(['accepted']), 5000);
    expect(endpoint.calls).toHaveLength(1);
  });

  test('does not hammer a source that refuses its login, and says so without the password', async () => {
    const { group, rules } = await open({ refuse: () => true });
    const { source, log } = startForwarding(group, { rules });
    await vi.waitFor(() => expect(source.status()).toBe('refused'));
    await sleep(1500);
    expect(group.logins).toHaveLength(1);
    const [line] = log.lines;
    expect(line).toMatchObject({ level: 'error', message: 'the source refuses us' });
    expect(line?.fields['delayMs']).toBe(5000);
    expect(line?.fields['reason']).toContain('Failed to authenticate');
  });

  test('gives a server up that says nothing, or something else', async () => {
    const { rules } = await open();
    const talkative = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    talkative.listen(0, '127.0.0.1');
    onTestFinished(() => void talkative.close());
    await vi.waitFor(() => expect(talkative.listening).toBe(true));
    const { port } = talkative.address() as { port: number };
    const { log } = startForwarding({ port }, { rules });
    await vi.waitFor(() => expect(log.lines[0]?.message).toBe('the source is lost'));
  });

  test('accepts on the way out what has succeeded, and leaves the rest to the next consumer', async () => {
    const { group, rules } = await open();
    const { stop } = startForwarding(group, { rules, window: 5 });
    for (let count = 0; count < 200; count += 1) {
      group.publish({ messageId: `m${count}`, topic: TOPIC, body: String(count) });
    }
    await vi.waitFor(() => expect(group.count('accepted')).toBeGreaterThan(10));
    await stop();
    await vi.waitFor(() => expect(group.count('accepted') + group.left()).toBe(200));
    expect(group.left()).toBeGreaterThan(0);
  });

  test('is not stopped by a message that cannot be decoded', async () => {
    const { group, rules } = await open({ redeliverMs: 60_000 });
    startForwarding(group, { rules, deadLetters: { kind: 'reject' } });
    group.publishRaw('broken', Buffer.from([0x00, 0x53, 0x75, 0xff]));
    group.publish({ messageId: 'good', topic: TOPIC, body: '1' });
    await vi.waitFor(() => expect(group.outcomes('good')).toEqual(['accepted']));
    expect(group.outcomes('broken')).toEqual(['rejected']);
    expect(group.rejections[0]).toContain('Unrecognised typecode');
    expect(group.logins).toHaveLength(1);
  });
});

describe('dead letters', () => {
  const LETTER = {
    message: {
      messageId: 'm1',
      topic: TOPIC,
      generateTimeMs: 1_700_000_000_000,
      body: Buffer.from('{"a":1}'),
      isDuplicate: false,
    },
    rule: 'all',
    reason: 'the target answers with status 400',
    attempts: 4,
  };

  const openSink = (port: number, password = 'geheim') => {
    const sink = createAmqpDeadLetters({
      endpoint: { host: '127.0.0.1', port, isTls: false },
      login: () => ({ username: 'guest', password }),
      address: '/queue/dead',
      clientId: 'dead',
      nowMs: Date.now,
    });
    onTestFinished(() => sink.close());
    return sink;
  };

  test('go to an AMQP 1.0 address with their topic and reason', async () => {
    const { group } = await open();
    const sink = openSink(group.port);
    await sink.put(LETTER);
    group.cut();
    await vi.waitFor(() => sink.put(LETTER));
    expect(group.received.slice(0, 1)).toEqual([
      { topic: TOPIC, reason: LETTER.reason, body: '{"a":1}' },
    ]);
  });

  test('fail where the server does not let us in, and ask it no more for a while', async () => {
    const { group } = await open();
    const sink = openSink(group.port, 'wrong');
    await expect(sink.put(LETTER)).rejects.toThrow('Failed to authenticate');
    await expect(sink.put(LETTER)).rejects.toThrow('could not be reached a moment ago');
    expect(group.logins).toHaveLength(1);
  });

  test('fail where nobody listens', async () => {
    const { endpoint, stop } = await listenOnLoopback((await import('node:http')).createServer());
    await stop();
    await expect(openSink(Number(new URL(endpoint).port)).put(LETTER)).rejects.toThrow(
      'ECONNREFUSED',
    );
  });
});
