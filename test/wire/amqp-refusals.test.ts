import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startConsumer, type TestConsumer } from '../support/amqp-consumer.ts';
import { signInOverHttp } from '../support/http-poster.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

const PATIENCE = { timeout: 5_000, interval: 5 };

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.stop());

const consume = (changes: Partial<Parameters<typeof startConsumer>[0]> = {}): TestConsumer =>
  startConsumer({ url: stack.endpoints['amqp'] ?? '', ...stack.demo, ...changes });

const portOf = () => Number(new URL(stack.endpoints['amqp'] ?? '').port);

/** That the endpoint still serves. */
async function expectService(): Promise<void> {
  const consumer = consume();
  const { productKey, deviceName } = stack.demo;
  const post = await signInOverHttp(stack);
  const { messageId } = await post(`/${productKey}/${deviceName}/user/update`, 'still here');
  await vi.waitFor(
    () => expect(consumer.received.map((one) => one.messageId)).toContain(messageId),
    PATIENCE,
  );
  consumer.close();
  await consumer.closed;
}

describe('a consumer is turned away', () => {
  test.each([
    ['with a wrong password', { password: 'AAAA' }],
    ['with an unknown access key', { accessKeyId: 'MKunknown' }],
    ['of a consumer group that is not there', { groupId: 'nobody' }],
    ['with a group id that no store can hold', { groupId: 'a/b' }],
    ['that is a device', { changes: { username: 'dev&product', password: 'x' } }],
  ])('%s', async (_, changes) => {
    const consumer = consume(changes);
    await consumer.closed;
    expect(consumer.errors).toEqual(['amqp:unauthorized-access: Failed to authenticate: 1']);
    expect(consumer.received).toEqual([]);
  });

  test('whose timestamp is not the one that it signed', async () => {
    const { accessKeyId, accessKeySecret } = stack.demo;
    const password = createHmac('sha1', accessKeySecret)
      .update(`authId=${accessKeyId}&timestamp=1573489088172`)
      .digest('base64');
    const consumer = consume({ password });
    await consumer.closed;
    expect(consumer.errors).toHaveLength(1);
  });

  test.each([[undefined], [29_999], [300_001]])(
    'that declares an idle time-out of %s ms',
    async (idleTimeOutMs) => {
      const consumer = consume({ changes: { idle_time_out: idleTimeOutMs } });
      await consumer.closed;
      expect(consumer.errors[0]).toBe(
        'amqp:invalid-field: the idle-time-out has to be of 30000 to 300000 ms',
      );
    },
  );

  test.each([[30_000], [300_000]])('but not one that declares %s ms', async (idleTimeOutMs) => {
    const consumer = consume({ changes: { idle_time_out: idleTimeOutMs } });
    await vi.waitFor(() => expect(consumer.connection.is_open()).toBe(true), PATIENCE);
    expect(consumer.connection.idle_time_out).toBe(idleTimeOutMs / 2);
    expect(consumer.errors).toEqual([]);
  });
});

describe('a connection', () => {
  test('has one receiving link: a second one is refused, and the first goes on', async () => {
    const consumer = consume();
    const second = consumer.connection.open_receiver('another');
    const [{ receiver }] = await once(second, 'receiver_error');
    expect(receiver.error.condition).toBe('amqp:not-allowed');
    expect(consumer.connection.is_open()).toBe(true);
  });

  test('may open its link again after it has closed it', async () => {
    const consumer = consume();
    const first = consumer.connection.open_receiver('first');
    await once(first, 'receiver_error').catch(() => undefined);
    consumer.close();
    await consumer.closed;
    await expectService();
  });

  test('does not send: a sending link is refused', async () => {
    const consumer = consume();
    const sender = consumer.connection.open_sender('queue');
    const [{ sender: refused }] = await once(sender, 'sender_error');
    expect(refused.error.condition).toBe('amqp:not-allowed');
  });
});

test('of one group there are at most 64 consumers', async () => {
  const consumers = Array.from({ length: 64 }, (_, at) => consume({ clientId: `c${at}` }));
  await vi.waitFor(
    () => expect(consumers.every(({ connection }) => connection.is_open())).toBe(true),
    PATIENCE,
  );
  const oneMore = consume({ clientId: 'one-more' });
  await oneMore.closed;
  expect(oneMore.errors[0]).toBe(
    'amqp:resource-limit-exceeded: a consumer group has at most 64 consumers',
  );
  for (const { close } of consumers) close();
  await Promise.all(consumers.map(({ closed }) => closed));
});

describe('nothing that a client sends harms the others', () => {
  const HEADER = Buffer.from('AMQP\u0000\u0001\u0000\u0000');
  const SASL_HEADER = Buffer.from('AMQP\u0003\u0001\u0000\u0000');

  test.each([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['AMQP without SASL', HEADER],
    ['AMQP 0-9-1', Buffer.from('AMQP\u0000\u0000\u0009\u0001')],
    ['a frame of 4 GB', Buffer.concat([SASL_HEADER, Buffer.from('ffffffff02010000', 'hex')])],
    [
      'a frame without a body',
      Buffer.concat([SASL_HEADER, Buffer.from('0000000802010000', 'hex')]),
    ],
    ['random bytes behind the header', Buffer.concat([SASL_HEADER, Buffer.alloc(4096, 0x5a)])],
    ['17 KB before the sign-in', Buffer.concat([SASL_HEADER, Buffer.alloc(17 * 1024, 0)])],
    ['nothing, and goes', Buffer.alloc(0)],
  ])('%s', async (_, bytes) => {
    const socket = connect(portOf(), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    const closed = once(socket, 'close');
    if (bytes.length === 0) socket.end();
    else socket.write(bytes);
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 300))]);
    socket.destroy();
    await expectService();
  });
});
