import type { ForwardedMessage, ForwardingRule } from '../../model/forwarding.ts';
import type { FunctionTargets } from '../../ports/function-target.ts';
import type { Log } from '../../ports/log.ts';
import { ACCEPTED, RELEASED, type SourceDelivery } from '../../ports/message-source.ts';
import { createBatches, type Later } from './batches.ts';
import { createCalls } from './call-target.ts';
import { chooseRule } from './choose-rule.ts';
import { deliver } from './deliver.ts';
import { createDeviceOrder } from './device-order.ts';
import type { Forwarded, ForwarderMetrics } from './forwarded.ts';
import type { DeadLetterPolicy } from './give-up.ts';
import { createInHand } from './in-hand.ts';
import { createRests } from './rests.ts';
import { createSeenMessages } from './seen-messages.ts';
import { createSettling } from './settling.ts';
import { createUnmatchedLog } from './unmatched-log.ts';

/** Takes deliveries to the targets of the rules, and settles each by what came of it. */
export type Forwarder = {
  take(delivery: SourceDelivery): void;
  /** How many more messages may be taken now; none as long as there is no rule. */
  room(): number;
  /** Messages that are not settled. */
  inHand(): number;
  /** Resolves when every message is settled, now or later. */
  emptied(): Promise<void>;
  /** Ends what takes part in calls and releases what waits; after `withinMs` it releases the rest too. */
  stop(withinMs: number): Promise<void>;
};

export type ForwarderParts = {
  /** In the order in which they are asked. */
  rules(): readonly ForwardingRule[];
  targets: FunctionTargets;
  deadLetters: DeadLetterPolicy;
  /** Most messages that gather for calls or are in them. */
  window: number;
  /** Most calls at a time. */
  calls: number;
  /** Told when there may be more room. */
  onRoom(room: number): void;
  metrics: ForwarderMetrics;
  retryDelaysMs?: readonly number[];
  later: Later;
  nowMs: () => number;
  log: Log;
};

/** As the platform's rule engine tries again (devices.md 4). */
const RETRY_DELAYS_MS: readonly number[] = [1000, 3000, 10_000];

export function createForwarder(parts: ForwarderParts): Forwarder {
  const { rules, metrics, later } = parts;
  const freeRoom = () => (rules().length === 0 ? 0 : inHand.free());
  const inHand = createInHand(parts.window, () => parts.onRoom(freeRoom()));
  const rests = createRests(later);
  const noteUnmatched = createUnmatchedLog(parts);
  const seen = createSeenMessages();
  let isStopping = false;

  const onThrough = (item: Forwarded): void => {
    if (item.rule.order === 'device') order.leave(item);
  };
  const settling = createSettling({ ...parts, inHand, rests, onThrough });
  const { retryDelaysMs = RETRY_DELAYS_MS } = parts;
  const delivering = { ...settling, call: createCalls(parts), rests, retryDelaysMs };
  const batches = createBatches((items) => void deliver(items, delivering), later);
  const order = createDeviceOrder((item) => {
    inHand.setWaiting(item, false);
    batches.add(item);
  });

  const hold = (delivery: SourceDelivery, rule: ForwardingRule): Forwarded => {
    const message = markedIf(seen.note(delivery.message.messageId), delivery.message);
    const item = { message, delivery, rule, attempts: 0, reason: '', isWaiting: false, place: -1 };
    inHand.add(item);
    return item;
  };
  const acceptUnmatched = (delivery: SourceDelivery): void => {
    delivery.settle(ACCEPTED);
    metrics.settled('unmatched', '');
    noteUnmatched(delivery.message.topic);
    parts.onRoom(freeRoom());
  };
  const forward = (delivery: SourceDelivery, rule: ForwardingRule): void => {
    const item = hold(delivery, rule);
    if (rule.order === 'none') batches.add(item);
    else if (!order.enter(item)) inHand.setWaiting(item, true);
  };
  const giveUpUnread = (delivery: SourceDelivery, problem: string): void => {
    const item = hold(delivery, UNREADABLE);
    item.reason = problem;
    settling.giveUp(item, true);
  };
  return {
    take: (delivery) => {
      const { message, problem } = delivery;
      if (isStopping || rules().length === 0) return delivery.settle(RELEASED);
      if (problem !== undefined) return giveUpUnread(delivery, problem);
      const rule = chooseRule(rules(), message.topic);
      return rule ? forward(delivery, rule) : acceptUnmatched(delivery);
    },
    room: freeRoom,
    inHand: inHand.count,
    emptied: inHand.empty,
    stop: async (withinMs) => {
      isStopping = true;
      for (const item of order.close()) settling.release(item);
      batches.flush();
      rests.close();
      await endWithin(inHand.empty(), withinMs, later);
      for (const item of inHand.all()) settling.release(item);
    },
  };
}

function markedIf(wasSeen: boolean, message: ForwardedMessage): ForwardedMessage {
  return wasSeen && !message.isDuplicate ? { ...message, isDuplicate: true } : message;
}

function endWithin(ended: Promise<void>, ms: number, later: Later): Promise<void> {
  return new Promise((resolve) => {
    const callOff = later(resolve, ms);
    void ended.then(() => {
      callOff();
      resolve();
    });
  });
}

/** Of what cannot be read, which no rule is looked up for. */
const UNREADABLE: ForwardingRule = {
  name: '',
  priority: 0,
  topicFilter: '#',
  productKey: null,
  target: { kind: 'http', url: '' },
  payload: 'body',
  batchSize: 1,
  batchWaitMs: 0,
  order: 'none',
};
