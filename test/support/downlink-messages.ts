import type { MemoryDownlink } from '../../shared/adapters/memory/memory-downlink.ts';

/** The text of everything that was sent so far. */
export function sentTexts({ published }: MemoryDownlink): string[] {
  return published.map(({ payload }) => Buffer.from(payload).toString('utf8'));
}
