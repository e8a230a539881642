import type { AccountEntry } from '../../ports/account.ts';

/** What was read of an entry, or why it cannot be moved. Reasons never quote a secret. */
export type Readable<T> = { value: T } | { reason: string };

/** Empty if it is absent or no text. */
export function textIn(entry: AccountEntry, name: string): string {
  const value = entry[name];
  return typeof value === 'string' ? value : '';
}

/** Undefined if it is absent or no number; the account gives some numbers as texts. */
export function numberIn(entry: AccountEntry, name: string): number | undefined {
  const value = entry[name];
  if (value === null || value === undefined || value === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** Of a `Utc…` member (protocol.md 7.2), in milliseconds; null if it is empty or no time. */
export function timeIn(entry: AccountEntry, name: string): number | null {
  const timeMs = Date.parse(textIn(entry, name));
  return Number.isNaN(timeMs) ? null : timeMs;
}
