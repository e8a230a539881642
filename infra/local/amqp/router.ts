import { setTimeout as sleep } from 'node:timers/promises';
import { groupsOf } from '../../../shared/core/subscriptions/subscription-flag.ts';
import { findSubscription } from '../../../shared/core/subscriptions/subscriptions.ts';
import type { Message } from '../../../shared/model/message.ts';
import type { SubscriptionRecord } from '../../../shared/model/tables.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { Delivery } from '../../../shared/ports/message-bus.ts';
import type { Store } from '../../../shared/ports/table.ts';
import type { ConsumerGroup } from './consumer-group.ts';

type RouterOptions = {
  store: Store;
  groupOf(groupId: string): Pick<ConsumerGroup, 'offer'>;
  nowMs: () => number;
  log: Log;
};

export type Router = {
  /** Offers a message of the bus to the groups that subscribe to it, in the order of the messages. */
  take(delivery: Delivery): void;
  /** How many messages the groups have that are not settled on the bus. */
  lent(): number;
  /** Leaves what comes from now on to the bus. */
  stop(): void;
};

const MOST_KEPT = 10_000;
const AFTER_FAULT_MS = 1000;

type Kept = { subscription: SubscriptionRecord | undefined; readAtMs: number };

export function createRouter({ store, groupOf, nowMs, log }: RouterOptions): Router {
  const kept = new Map<string, Kept>();
  const unrouted: Delivery[] = [];
  let lent = 0;
  let isRouting = false;
  let isStopped = false;

  /** One that was read before the message was made may lack the group that asked for it just then. */
  const knownFor = ({ productKey, generateTimeMs }: Message): Kept | undefined => {
    const found = kept.get(productKey);
    return found && found.readAtMs >= generateTimeMs ? found : undefined;
  };
  const read = async (productKey: string): Promise<Kept> => {
    const readAtMs = nowMs();
    const found = await findSubscription(productKey, store);
    const fresh = { subscription: found.ok ? found.value : undefined, readAtMs };
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(productKey, fresh);
    return fresh;
  };
  const route = ({ message, settle }: Delivery, { subscription }: Kept): void => {
    const groupIds = subscription ? groupsOf(subscription, message) : [];
    let unsettled = groupIds.length;
    const settled = (): void => {
      lent -= 1;
      settle();
    };
    if (unsettled === 0) settled();
    const settleOne = () => {
      unsettled -= 1;
      if (unsettled === 0) settled();
    };
    for (const groupId of groupIds) groupOf(groupId).offer({ message, settle: settleOne });
  };
  /** At once, as long as no subscription has to be read. */
  const routeAll = async (): Promise<void> => {
    isRouting = true;
    for (let next = unrouted[0]; next && !isStopped; next = unrouted[0]) {
      try {
        const { message } = next;
        const known = knownFor(message) ?? (await read(message.productKey));
        unrouted.shift();
        if (!isStopped) route(next, known);
      } catch (error) {
        log.error({ error }, 'a message cannot be routed to consumer groups, trying again');
        await sleep(AFTER_FAULT_MS);
      }
    }
    isRouting = false;
  };

  return {
    take(delivery) {
      if (isStopped) return;
      lent += 1;
      unrouted.push(delivery);
      if (!isRouting) void routeAll();
    },
    lent: () => lent,
    stop() {
      isStopped = true;
    },
  };
}
