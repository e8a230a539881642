import type { BatchHandler } from '../../shared/ports/message-bus.ts';
import type { Base } from './base.ts';

export type Consumers = { stop(): Promise<void> };

export const THING_RECORDER = 'thing-recorder';
export const SHADOW_UPDATER = 'shadow-updater';

/** Hands the bus to the functions that consume it, and takes expired records off the disk. */
export function startConsumers(
  base: Base,
  thingRecorder: BatchHandler,
  shadowUpdater?: BatchHandler,
): Consumers {
  const recording = base.bus.consume(THING_RECORDER, thingRecorder, RECORDER_BATCHES);
  const updating = shadowUpdater && base.bus.consume(SHADOW_UPDATER, shadowUpdater);
  const sweeping = startSweeps(base);
  return {
    stop: async () => {
      clearInterval(sweeping);
      await Promise.all([recording.stop(), updating?.stop()]);
    },
  };
}

/** One after another: a sweep goes on where the last one ended. */
function startSweeps({ store, log }: Base): NodeJS.Timeout {
  let sweeping = false;
  return setInterval(() => {
    if (sweeping) return;
    sweeping = true;
    store
      .sweepExpired(SWEPT_RECORDS)
      .catch((error: unknown) => log.error({ error }, 'sweep failed'))
      .finally(() => {
        sweeping = false;
      });
  }, SWEEP_INTERVAL_MS);
}

/** A batch costs two flushes, whatever its size: few full ones leave the disk to the publishers. Larger ones than this outlive Node's young generation and cost twice the processor. */
const RECORDER_BATCHES = { batchSize: 256, restMs: 20 };

/** A slice of the tables at a time, so that a sweep never holds up a request for long. */
const SWEPT_RECORDS = 2000;
const SWEEP_INTERVAL_MS = 1000;
