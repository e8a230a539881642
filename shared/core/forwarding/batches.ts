import type { ForwardingRule } from '../../model/forwarding.ts';
import type { Forwarded } from './forwarded.ts';

/** Runs `run` after some milliseconds; returns what calls it off. */
export type Later = (run: () => void, ms: number) => () => void;

/** Gathers what falls under a rule until its batch is full, or its first message has waited long enough. */
export type Batches = {
  add(item: Forwarded): void;
  /** Sends what there is, full or not. */
  flush(): void;
};

type Batch = { items: Forwarded[]; bytes: number; callOff: () => void };

export function createBatches(send: (items: readonly Forwarded[]) => void, later: Later): Batches {
  const open = new Map<ForwardingRule, Batch>();
  const close = (rule: ForwardingRule): void => {
    const batch = open.get(rule);
    if (!batch) return;
    open.delete(rule);
    batch.callOff();
    send(batch.items);
  };
  const begin = (rule: ForwardingRule): Batch => {
    const callOff = later(() => close(rule), rule.batchWaitMs);
    const batch = { items: [], bytes: 0, callOff };
    open.set(rule, batch);
    return batch;
  };
  return {
    add: (item) => {
      const { rule, message } = item;
      if (rule.batchSize === 1) return send([item]);
      const bytes = message.body.byteLength;
      const before = open.get(rule);
      if (before && before.bytes + bytes > MOST_BATCH_BYTES) close(rule);
      const batch = open.get(rule) ?? begin(rule);
      batch.items.push(item);
      batch.bytes += bytes;
      if (batch.items.length >= rule.batchSize) close(rule);
    },
    flush: () => {
      for (const rule of [...open.keys()]) close(rule);
    },
  };
}

/** As base64 with all around it, still under the 6 MB that Lambda takes. */
const MOST_BATCH_BYTES = 3 * 1024 * 1024;
