import { expect, test, vi } from 'vitest';
import { createRouter, type Router } from '../../../../../infra/local/amqp/router.ts';
import { createMemoryStore } from '../../../../../shared/adapters/memory/memory-store.ts';
import { ALL_FLAGS } from '../../../../../shared/core/subscriptions/subscription-flag.ts';
import type { Delivery } from '../../../../../shared/ports/message-bus.ts';
import { aMessage } from '../../../../contract/messages.ts';
import { type CapturedLog, captureLog } from '../../../../support/captured-log.ts';
import { interceptStore } from '../../../../support/intercepted-store.ts';

const EVENTUALLY = { timeout: 5000, interval: 5 };
const SUBSCRIBED = 'DEFAULT_GROUP';

type Test = {
  router: Router;
  /** What was offered to a group. */
  offered: Delivery[];
  settled: string[];
  /** While there is one, the store fails. */
  fault: { error?: Error };
  log: CapturedLog;
  take(productKey: string, ...messageIds: string[]): void;
  ids(): string[];
};

/** One product, `pk`, to which the default group subscribes. */
async function openRouter(): Promise<Test> {
  const nowMs = () => 1000;
  const memory = createMemoryStore({ nowMs });
  const subscription = { groupIds: [SUBSCRIBED], flags: ALL_FLAGS };
  await memory.table('subscriptions').insert({ partition: 'pk', sort: 'AMQP' }, subscription);
  const fault: Test['fault'] = {};
  const store = interceptStore(memory, () => {
    if (fault.error) throw fault.error;
  });
  const offered: Delivery[] = [];
  const settled: string[] = [];
  const log = captureLog();
  const groupOf = () => ({ offer: (delivery: Delivery) => void offered.push(delivery) });
  const router = createRouter({ store, groupOf, nowMs, log });
  return {
    router,
    offered,
    settled,
    fault,
    log,
    take(productKey, ...messageIds) {
      for (const messageId of messageIds) {
        const message = { ...aMessage(messageId), productKey, generateTimeMs: 0 };
        router.take({ message, settle: () => void settled.push(messageId) });
      }
    },
    ids: () => offered.map(({ message }) => message.messageId),
  };
}

test('offers messages in their order, those of a product that it knows as well as others', async () => {
  const { take, ids } = await openRouter();
  take('pk', '1');
  await vi.waitFor(() => expect(ids()).toEqual(['1']), EVENTUALLY);
  take('pk', '2');
  expect(ids()).toEqual(['1', '2']);
  take('other', '3');
  take('pk', '4');
  await vi.waitFor(() => expect(ids()).toEqual(['1', '2', '4']), EVENTUALLY);
});

test('settles what nobody subscribes to, and the rest when its groups have done so', async () => {
  const { router, offered, settled, take } = await openRouter();
  take('other', '1');
  take('pk', '2');
  expect(router.lent()).toBe(2);
  await vi.waitFor(() => expect(offered).toHaveLength(1), EVENTUALLY);
  expect([settled, router.lent()]).toEqual([['1'], 1]);
  offered[0]?.settle();
  expect([settled, router.lent()]).toEqual([['1', '2'], 0]);
});

test('tries again while the store fails, and loses nothing', async () => {
  const { fault, log, take, ids } = await openRouter();
  fault.error = new Error('the store is away');
  take('pk', '1', '2');
  await vi.waitFor(() => expect(log.lines).toHaveLength(1), EVENTUALLY);
  take('pk', '3');
  delete fault.error;
  await vi.waitFor(() => expect(ids()).toEqual(['1', '2', '3']), EVENTUALLY);
});

test('offers nothing once it is stopped, and settles nothing', async () => {
  const { router, take, ids, settled } = await openRouter();
  take('pk', '1');
  await vi.waitFor(() => expect(ids()).toEqual(['1']), EVENTUALLY);
  take('other', '2');
  router.stop();
  take('pk', '3');
  await new Promise((resolve) => setImmediate(resolve));
  expect([ids(), settled]).toEqual([['1'], []]);
});
