import type { Log } from '../../ports/log.ts';
import { ACCEPTED, RELEASED } from '../../ports/message-source.ts';
import type { DeliverParts } from './deliver.ts';
import type { Forwarded, ForwarderMetrics, Settlement } from './forwarded.ts';
import { createGiveUp, type DeadLetterPolicy } from './give-up.ts';
import type { InHand } from './in-hand.ts';
import type { Rests } from './rests.ts';

type SettlingParts = {
  inHand: InHand;
  rests: Rests;
  deadLetters: DeadLetterPolicy;
  metrics: ForwarderMetrics;
  nowMs: () => number;
  log: Log;
  /** The message is through, one way or the other: the next of its device may go. */
  onThrough(item: Forwarded): void;
};

/** Tells the source what came of its messages, each once. */
export function createSettling(
  parts: SettlingParts,
): Pick<DeliverParts, 'setWaiting' | 'accept' | 'release' | 'giveUp'> {
  const { inHand, metrics, onThrough } = parts;
  const settle = (item: Forwarded, settlement: Settlement): void => {
    if (inHand.remove(item)) metrics.settled(settlement, item.rule.name);
  };
  const giveUp = createGiveUp({ ...parts, policy: parts.deadLetters, settle });
  return {
    setWaiting: inHand.setWaiting,
    accept: (item) => {
      item.delivery.settle(ACCEPTED);
      settle(item, 'accepted');
      onThrough(item);
    },
    release: (item) => {
      item.delivery.settle(RELEASED);
      settle(item, 'released');
    },
    giveUp: (item, isForGood) => {
      inHand.setWaiting(item, true);
      giveUp(item, isForGood);
      onThrough(item);
    },
  };
}
