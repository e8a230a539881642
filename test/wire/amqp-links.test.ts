import { once } from 'node:events';
import type { Connection, Delivery, Receiver } from 'rhea';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openBase } from '../../infra/local/base.ts';
import type { Message } from '../../shared/model/message.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { startConsumer, type TestConsumer } from '../support/amqp-consumer.ts';
import { signInOverHttp } from '../support/http-poster.ts';
import { callAction } from '../support/pop-core.ts';
import { attach, begin, detach, flow, open, signInRawAmqp, uint } from '../support/raw-amqp.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

const PATIENCE = { timeout: 10_000, interval: 5 };

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.stop());

const url = () => stack.endpoints['amqp'] ?? '';

/** A group of its own, and its consumer. */
async function consume(
  name: string,
  changes: Partial<Parameters<typeof startConsumer>[0]> = {},
): Promise<TestConsumer & { groupId: string }> {
  const { GroupId } = await callAction(stack, 'CreateConsumerGroup', { GroupName: name });
  const groupId = String(GroupId);
  await callAction(stack, 'CreateConsumerGroupSubscribeRelation', {
    ProductKey: stack.demo.productKey,
    ConsumerGroupId: groupId,
  });
  // A product has few of them.
  onTestFinished(async () => {
    await callAction(stack, 'DeleteConsumerGroup', { GroupId: groupId }).catch(() => undefined);
  });
  const consumer = startConsumer({ url: url(), ...stack.demo, groupId, ...changes });
  return { ...consumer, groupId };
}

async function publish(content: string): Promise<void> {
  const post = await signInOverHttp(stack);
  const { productKey, deviceName } = stack.demo;
  const { code } = await post(`/${productKey}/${deviceName}/user/update`, content);
  expect(code).toBe(0);
}

const contentsOf = ({ received }: TestConsumer) => received.map(({ content }) => content);

const receiverOf = (connection: Connection): Receiver => {
  const receiver = connection.find_receiver(() => true);
  if (!receiver) throw new Error('the connection has no receiver');
  return receiver;
};

async function backlogOf(groupId: string): Promise<number> {
  const text = await (await fetch(`${stack.endpoints['http']}/metrics`)).text();
  const line = new RegExp(`^mooring_amqp_backlog_messages{group="${groupId}"} (\\S+)`, 'm');
  return Number(line.exec(text)?.[1]);
}

const served = (consumer: TestConsumer) =>
  vi.waitFor(() => expect(receiverOf(consumer.connection).is_open()).toBe(true), PATIENCE);

describe('a connection goes on to be served', () => {
  test('when its link is closed and it opens another one', async () => {
    const inHand: Delivery[] = [];
    const consumer = await consume('opened_again', {
      onMessage: (delivery) => void inHand.push(delivery),
    });
    await served(consumer);
    await publish('not accepted before');
    await vi.waitFor(() => expect(inHand).toHaveLength(1), PATIENCE);
    const first = receiverOf(consumer.connection);
    first.close();
    await once(first, 'receiver_close');
    consumer.connection.open_receiver({ autoaccept: false });
    await vi.waitFor(() => expect(inHand).toHaveLength(2), PATIENCE);
    await publish('over the second');
    await vi.waitFor(
      () =>
        expect(contentsOf(consumer)).toEqual([
          'not accepted before',
          'not accepted before',
          'over the second',
        ]),
      PATIENCE,
    );
    expect(consumer.errors).toEqual([]);
  });

  test('when another session than that of its link ends', async () => {
    const consumer = await consume('two_sessions');
    await served(consumer);
    const session = consumer.connection.create_session();
    session.begin();
    await once(session, 'session_open');
    session.close();
    await once(session, 'session_close');
    await publish('behind it');
    await vi.waitFor(() => expect(contentsOf(consumer)).toEqual(['behind it']), PATIENCE);
  });

  test('when the session of its link ends, and it opens a link in another one', async () => {
    const consumer = await consume('another_session');
    await served(consumer);
    const { session } = receiverOf(consumer.connection);
    session.close();
    await once(session, 'session_close');
    const another = consumer.connection.create_session();
    another.begin();
    another.open_receiver({ autoaccept: false });
    await publish('in the other one');
    await vi.waitFor(() => expect(contentsOf(consumer)).toEqual(['in the other one']), PATIENCE);
  });
});

describe('a consumer', () => {
  test('that asks for settled messages gets them unsettled, and accepts them', async () => {
    const consumer = await consume('pre_settled', { changes: { snd_settle_mode: 1 } });
    await served(consumer);
    await publish('one');
    await vi.waitFor(() => expect(contentsOf(consumer)).toEqual(['one']), PATIENCE);
    await expectConsumed(consumer.groupId, 1);
  });

  test.each([
    ['modified', (delivery: Delivery) => delivery.modified({ delivery_failed: true })],
    ['released', (delivery: Delivery) => delivery.release()],
    ['rejected', (delivery: Delivery) => delivery.reject()],
  ])('has a message kept for another time that it calls %s', async (name, onMessage) => {
    const consumer = await consume(`kept_${name}`, { onMessage });
    await served(consumer);
    await publish('again, please');
    await vi.waitFor(async () => expect(await backlogOf(consumer.groupId)).toBe(1), PATIENCE);
    expect(contentsOf(consumer)).toEqual(['again, please']);
  });

  test('that drains its credit is told when there is no more', async () => {
    const consumer = await consume('drained', { changes: { credit_window: 0 } });
    await served(consumer);
    const receiver = receiverOf(consumer.connection);
    receiver.add_credit(5);
    await publish('the only one');
    await vi.waitFor(() => expect(contentsOf(consumer)).toEqual(['the only one']), PATIENCE);
    receiver.drain_credit();
    await once(receiver, 'receiver_drained');
    await publish('without credit');
    await vi.waitFor(async () => expect(await backlogOf(consumer.groupId)).toBe(1), PATIENCE);
    expect(contentsOf(consumer)).toEqual(['the only one']);
  });

  test('that waits for us to settle gets more than a session has places for', async () => {
    const count = 17_000;
    const consumer = await consume('settles_second', { changes: { rcv_settle_mode: 1 } });
    await served(consumer);
    await flood(count);
    await vi.waitFor(
      () => expect(new Set(consumer.received.map(({ messageId }) => messageId)).size).toBe(count),
      { timeout: 50_000, interval: 50 },
    );
  }, 60_000);

  test('whose group is deleted is cut off, though it does not answer', async () => {
    const { groupId } = await consume('never_answers');
    const raw = await signInRawAmqp(url(), {
      ...stack.demo,
      clientId: 'raw',
      consumerGroupId: groupId,
    });
    raw.send(open(), begin(), attach(), flow(uint(10)));
    await vi.waitFor(() => expect(raw.received().includes('link')).toBe(true), PATIENCE);
    await callAction(stack, 'DeleteConsumerGroup', { GroupId: groupId });
    await vi.waitFor(() => expect(raw.socket.closed).toBe(true), PATIENCE);
  });
});

test('a message of which only a part has gone out over a link goes to another consumer', async () => {
  const { groupId, close, closed } = await consume('in_parts');
  close();
  await closed;
  const raw = await signInRawAmqp(url(), {
    ...stack.demo,
    clientId: 'raw',
    consumerGroupId: groupId,
  });
  raw.send(open(512), begin(), attach(), flow(uint(10), { incomingWindow: 1 }));
  await publish('x'.repeat(2000));
  await vi.waitFor(() => expect(raw.received().includes('xxxx')).toBe(true), PATIENCE);
  raw.send(detach());
  await vi.waitFor(() => expect(raw.received().includes('detach-forced')).toBe(true), PATIENCE);
  const heir = startConsumer({ url: url(), ...stack.demo, groupId });
  await vi.waitFor(() => expect(contentsOf(heir)).toEqual(['x'.repeat(2000)]), PATIENCE);
});

test('a message that cannot be encoded keeps nobody from the next one', async () => {
  const consumer = await consume('cannot_be_encoded');
  await served(consumer);
  await publishAs([{ ...floodMessage(1), generateTimeMs: Date.now() + 0.5 }]);
  await publish('next');
  await vi.waitFor(() => expect(contentsOf(consumer)).toEqual(['next']), PATIENCE);
  await vi.waitFor(async () => expect(await backlogOf(consumer.groupId)).toBe(1), PATIENCE);
});

/** As QueryConsumerGroupStatus counts it. */
function expectConsumed(groupId: string, count: number): Promise<void> {
  return vi.waitFor(async () => {
    const status = await callAction(stack, 'QueryConsumerGroupStatus', { GroupId: groupId });
    expect(status).toMatchObject({ RealTimeConsumeCountPerMinute: count, AccumulationCount: 0 });
  }, PATIENCE);
}

const flood = (count: number) =>
  publishAs(Array.from({ length: count }, (_, at) => floodMessage(at)));

/** Past the rates of devices, through a second handle on the folder. */
async function publishAs(messages: readonly Message[]): Promise<void> {
  const base = openBase(
    readConfig({ MOORING_DATA_DIR: stack.dataDir, MOORING_LOG_LEVEL: 'silent' }),
  );
  await Promise.all(messages.map((message) => base.bus.publish(message)));
  await base.bus.close();
  await base.store.close();
}

function floodMessage(number: number): Message {
  const { productKey } = stack.demo;
  return {
    messageId: `${number}`,
    kind: 'uplink',
    topic: `/${productKey}/flooding/user/update`,
    productKey,
    deviceName: 'flooding',
    iotId: 'flooding',
    generateTimeMs: Date.now(),
    transport: 'mqtt',
    body: Buffer.from(`flood ${number}`),
  };
}
