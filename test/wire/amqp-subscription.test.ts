import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Received, startConsumer, type TestConsumer } from '../support/amqp-consumer.ts';
import { signInOverHttp } from '../support/http-poster.ts';
import { callAction } from '../support/pop-core.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

const PATIENCE = { timeout: 10_000, interval: 5 };

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.stop());

const consume = (changes: Partial<Parameters<typeof startConsumer>[0]> = {}): TestConsumer =>
  startConsumer({ url: stack.endpoints['amqp'] ?? '', ...stack.demo, ...changes });

const custom = () => `/${stack.demo.productKey}/${stack.demo.deviceName}/user/update`;

const contentsOf = ({ received }: TestConsumer) => received.map(({ content }) => content);

/** A group of its own that gets the data of the demo product too. */
async function newGroup(groupName: string): Promise<string> {
  const { GroupId } = await callAction(stack, 'CreateConsumerGroup', { GroupName: groupName });
  await callAction(stack, 'CreateConsumerGroupSubscribeRelation', {
    ProductKey: stack.demo.productKey,
    ConsumerGroupId: String(GroupId),
  });
  return String(GroupId);
}

test('a consumer of the platform gets what a device posts over HTTP, with its id and its time', async () => {
  const consumer = consume();
  const post = await signInOverHttp(stack);
  const before = Date.now();
  const { messageId } = await post(custom(), 'level: 五');
  await vi.waitFor(() => expect(consumer.received).toHaveLength(1), PATIENCE);
  expect(consumer.received[0]).toEqual<Received>({
    topic: custom(),
    messageId,
    generateTime: expect.any(Number),
    content: 'level: 五',
    deliveryCount: 0,
  });
  expect(consumer.received[0]?.generateTime).toBeGreaterThanOrEqual(before);
  consumer.close();
  await consumer.closed;
});

test.each([
  ['an address', { source: { address: 'default' } }],
  ['another address', { source: 'queue' }],
  ['SHA-256 and MD5 names in other cases', { parameters: ',signMethod=HmacSha1' }],
])('it may ask with %s', async (_, changes) => {
  const consumer = consume('parameters' in changes ? changes : { changes });
  const post = await signInOverHttp(stack);
  await post(custom(), 'asked');
  await vi.waitFor(() => expect(contentsOf(consumer)).toContain('asked'), PATIENCE);
  consumer.close();
  await consumer.closed;
});

test('it gets bodies in base64 if it says so', async () => {
  const consumer = consume({ parameters: ',encode=base64' });
  const post = await signInOverHttp(stack);
  await post(custom(), '{"a":1}');
  await vi.waitFor(() => expect(contentsOf(consumer)).toEqual(['eyJhIjoxfQ==']), PATIENCE);
  consumer.close();
  await consumer.closed;
});

describe('consumers of one group', () => {
  test('share its messages, and those of another group get all of them too', async () => {
    const groupId = await newGroup('another_group');
    const own = [consume({ clientId: 'a' }), consume({ clientId: 'b' })];
    const other = consume({ groupId });
    const post = await signInOverHttp(stack);
    await vi.waitFor(
      () => expect([...own, other].every(({ connection }) => connection.is_open())).toBe(true),
      PATIENCE,
    );
    const contents = Array.from({ length: 20 }, (_, at) => `shared ${at}`);
    for (const content of contents) expect((await post(custom(), content)).code).toBe(0);
    await vi.waitFor(() => {
      expect(own.flatMap(contentsOf).toSorted()).toEqual(contents.toSorted());
      expect(contentsOf(other)).toEqual(contents);
    }, PATIENCE);
    expect(own.every(({ received }) => received.length > 0)).toBe(true);
    for (const consumer of [...own, other]) consumer.close();
    await Promise.all([...own, other].map(({ closed }) => closed));
  });

  test('take over what one of them had in hand when it went', async () => {
    const groupId = await newGroup('taking_over');
    const silent = consume({ groupId, onMessage: () => undefined });
    const post = await signInOverHttp(stack);
    await vi.waitFor(() => expect(silent.connection.is_open()).toBe(true), PATIENCE);
    await post(custom(), 'left behind');
    await vi.waitFor(() => expect(contentsOf(silent)).toEqual(['left behind']), PATIENCE);
    const heir = consume({ groupId });
    silent.close();
    await vi.waitFor(() => expect(contentsOf(heir)).toEqual(['left behind']), PATIENCE);
    expect(heir.received[0]?.deliveryCount).toBe(1);
  });
});

test('what comes while nobody consumes waits, and comes once there is somebody', async () => {
  const groupId = await newGroup('away_for_a_while');
  const post = await signInOverHttp(stack);
  const { messageId } = await post(custom(), 'nobody there');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const consumer = consume({ groupId });
  await vi.waitFor(
    () => expect(consumer.received).toMatchObject([{ messageId, content: 'nobody there' }]),
    PATIENCE,
  );
});

describe('the OpenAPI', () => {
  test('says who consumes and how much waits', async () => {
    const groupId = await newGroup('watched_group');
    const post = await signInOverHttp(stack);
    await post(custom(), 'one that waits');
    const query = { GroupId: groupId };
    await vi.waitFor(async () => {
      const status = await callAction(stack, 'QueryConsumerGroupStatus', query);
      expect(status).toMatchObject({ AccumulationCount: 1 });
    }, PATIENCE);
    const consumer = consume({ groupId, clientId: 'watched' });
    await vi.waitFor(async () => {
      const status = await callAction(stack, 'QueryConsumerGroupStatus', query);
      expect(status).toMatchObject({
        AccumulationCount: 0,
        AccumulatedConsumeCountPerMinute: 1,
        ClientConnectionStatusList: {
          ConsumerGroupClientConnectionInfo: [
            { ClientId: 'watched', ClientIpPort: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
          ],
        },
      });
    }, PATIENCE);
    consumer.close();
    await consumer.closed;
  });

  test('moves a group past what waits for it', async () => {
    const groupId = await newGroup('reset_group');
    const post = await signInOverHttp(stack);
    await post(custom(), 'old');
    await new Promise((resolve) => setTimeout(resolve, 1300));
    await callAction(stack, 'ResetConsumerGroupPosition', { GroupId: groupId });
    await new Promise((resolve) => setTimeout(resolve, 1300));
    const consumer = consume({ groupId });
    await post(custom(), 'new');
    await vi.waitFor(() => expect(contentsOf(consumer)).toEqual(['new']), PATIENCE);
  });

  test('ends the connections of a group that it deletes', async () => {
    const groupId = await newGroup('deleted_group');
    const consumer = consume({ groupId });
    await vi.waitFor(() => expect(consumer.connection.is_open()).toBe(true), PATIENCE);
    await callAction(stack, 'DeleteConsumerGroup', { GroupId: groupId });
    await consumer.closed;
    expect(consumer.errors).toEqual(['amqp:not-found: the consumer group was deleted']);
  });
});

test('the metrics count consumers and what waits', async () => {
  const groupId = await newGroup('measured_group');
  const consumer = consume({ groupId });
  await vi.waitFor(() => expect(consumer.connection.is_open()).toBe(true), PATIENCE);
  const text = await (await fetch(`${stack.endpoints['http']}/metrics`)).text();
  expect(text).toContain(`mooring_amqp_consumers{group="${groupId}"} 1`);
  expect(text).toContain(`mooring_amqp_backlog_messages{group="${groupId}"} 0`);
});
