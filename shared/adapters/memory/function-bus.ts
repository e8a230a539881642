import type { MessageBus } from '../../ports/message-bus.ts';
import { createMemoryBus } from './memory-bus.ts';

/** `#bus` of a bundle built for memory: nothing outlives the process, nothing is shared with another one. */
export function openFunctionBus({ nowMs }: { nowMs: () => number }): MessageBus {
  return createMemoryBus({ nowMs });
}
