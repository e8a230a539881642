import { createHandler as createThingRecorder } from '../../functions/thing-recorder/handler.ts';
import type { Base } from './base.ts';

export type Consumers = { stop(): Promise<void> };

export const THING_RECORDER = 'thing-recorder';

/** Hands the bus to the functions that consume it, and takes expired records off the disk. */
export function startConsumers(base: Base): Consumers {
  const { store, bus, log, nowMs } = base;
  const recording = bus.consume(
    THING_RECORDER,
    createThingRecorder({ store, log, nowMs }),
    RECORDER_BATCHES,
  );
  const sweep = () =>
    store
      .sweepExpired(SWEPT_RECORDS)
      .catch((error: unknown) => log.error({ error }, 'sweep failed'));
  const sweeping = setInterval(sweep, SWEEP_INTERVAL_MS);
  return {
    stop: async () => {
      clearInterval(sweeping);
      await recording.stop();
    },
  };
}

/** A batch costs two flushes, whatever its size: few full ones leave the disk to the publishers. Larger ones than this outlive Node's young generation and cost twice the processor. */
const RECORDER_BATCHES = { batchSize: 256, restMs: 20 };

/** A slice of the tables at a time, so that a sweep never holds up a request for long. */
const SWEPT_RECORDS = 2000;
const SWEEP_INTERVAL_MS = 1000;
