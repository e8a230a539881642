/** A Map keeps the order of insertion: its first key is the oldest. */
export function dropOldest(kept: Map<string, unknown>): void {
  const oldest = kept.keys().next();
  if (!oldest.done) kept.delete(oldest.value);
}
