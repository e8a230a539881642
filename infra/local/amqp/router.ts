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
  groupOf(groupId: string): ConsumerGroup;
  nowMs: () => number;
  log: Log;
};

/** Offers a message of the bus to the groups that subscribe to it, in the order of the messages. */
export type Router = (delivery: Delivery) => void;

const MOST_KEPT = 10_000;
const AFTER_FAULT_MS = 1000;

type Kept = { subscription: SubscriptionRecord | undefined; readAtMs: number };

export function createRouter({ store, groupOf, nowMs, log }: RouterOptions): Router {
  const kept = new Map<string, Kept>();
  const unrouted: Delivery[] = [];

  const route = ({ message, settle }: Delivery, { subscription }: Kept): void => {
    const groupIds = subscription ? groupsOf(subscription, message) : [];
    let unsettled = groupIds.length;
    if (unsettled === 0) settle();
    const settleOnce = () => {
      unsettled -= 1;
      if (unsettled === 0) settle();
    };
    for (const groupId of groupIds) groupOf(groupId).offer({ message, settle: settleOnce });
  };
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
  const routeAll = async (): Promise<void> => {
    for (let next = unrouted[0]; next; next = unrouted[0]) {
      try {
        route(next, knownFor(next.message) ?? (await read(next.message.productKey)));
        unrouted.shift();
      } catch (error) {
        log.error({ error }, 'a message cannot be routed to consumer groups, trying again');
        await new Promise((resolve) => setTimeout(resolve, AFTER_FAULT_MS));
      }
    }
  };

  return (delivery) => {
    const known = unrouted.length === 0 ? knownFor(delivery.message) : undefined;
    if (known) return route(delivery, known);
    unrouted.push(delivery);
    if (unrouted.length === 1) void routeAll();
  };
}
