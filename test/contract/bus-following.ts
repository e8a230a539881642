import { expect, test, vi } from 'vitest';
import type { Delivery, MessageBus } from '../../shared/ports/message-bus.ts';
import { aMessage } from './messages.ts';

/** What `follow` does on every adapter. */
export function describeFollowing(open: () => MessageBus): void {
  test('hands a follower messages as they come, without waiting for those before', async () => {
    const bus = open();
    const { take, ids } = follower();
    bus.follow('a', take, { window: 10 });
    await bus.publish(aMessage('1'));
    await eventually(() => expect(ids()).toEqual(['1']));
    await bus.publish(aMessage('2'));
    await eventually(() => expect(ids()).toEqual(['1', '2']));
  });

  test('hands a follower no more than its window, and one more for each that is settled', async () => {
    const bus = open();
    const { take, ids, deliveries } = follower();
    await publishAll(bus, ['1', '2', '3', '4']);
    bus.follow('a', take, { window: 2 });
    await eventually(() => expect(ids()).toEqual(['1', '2']));
    deliveries[1]?.settle();
    deliveries[1]?.settle();
    await eventually(() => expect(ids()).toEqual(['1', '2', '3']));
    deliveries[0]?.settle();
    await eventually(() => expect(ids()).toEqual(['1', '2', '3', '4']));
  });

  test('hands what was not settled to the next follower of the name', async () => {
    const bus = open();
    const [first, second] = [follower(), follower()];
    const following = bus.follow('a', first.take, { window: 10 });
    await publishAll(bus, ['1', '2', '3']);
    await eventually(() => expect(first.ids()).toEqual(['1', '2', '3']));
    first.deliveries[0]?.settle();
    await following.stop();
    bus.follow('a', second.take, { window: 10 });
    await eventually(() => expect(second.ids()).toEqual(['2', '3']));
  });

  test('hands every message to a follower and to a consumer', async () => {
    const bus = open();
    const { take, ids } = follower();
    const consumed: string[] = [];
    bus.follow('a', take, { window: 10 });
    bus.consume('b', async (batch) => {
      consumed.push(...batch.map(({ messageId }) => messageId));
      return [];
    });
    await publishAll(bus, ['1', '2']);
    await eventually(() =>
      expect([ids(), consumed]).toEqual([
        ['1', '2'],
        ['1', '2'],
      ]),
    );
  });
}

function follower() {
  const deliveries: Delivery[] = [];
  return {
    deliveries,
    take: (delivery: Delivery) => void deliveries.push(delivery),
    ids: () => deliveries.map(({ message }) => message.messageId),
  };
}

function publishAll(bus: MessageBus, ids: readonly string[]): Promise<unknown> {
  return Promise.all(ids.map((messageId) => bus.publish(aMessage(messageId))));
}

function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000, interval: 5 });
}
