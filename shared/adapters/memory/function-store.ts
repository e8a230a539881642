import type { Store } from '../../ports/table.ts';
import { createMemoryStore } from './memory-store.ts';

/** `#store` of a bundle built for memory: nothing outlives the process, nothing is shared with another one. */
export function openFunctionStore({ nowMs }: { nowMs: () => number }): Store {
  return createMemoryStore({ nowMs });
}
