import type { MessageBus } from '../../ports/message-bus.ts';
import type { Store } from '../../ports/table.ts';
import { createMemoryBus } from './memory-bus.ts';
import { createMemoryStore } from './memory-store.ts';

/** `#store` of a bundle built for memory: nothing outlives the process, nothing is shared with another one. */
export function openFunctionStore({ nowMs }: { nowMs: () => number }): {
  store: Store;
  bus: MessageBus;
} {
  return { store: createMemoryStore({ nowMs }), bus: createMemoryBus({ nowMs }) };
}
