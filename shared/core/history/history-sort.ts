/**
 * Sort key of a history record: time first, so that a partition reads in order of time, then the
 * messageId, so that a message recorded twice meets itself. `timeMs` has at most 13 digits.
 */
export function historySort(timeMs: number, messageId: string): string {
  return `${timeDigits(timeMs)}-${messageId}`;
}

/** The sort keys of a stretch of time, both ends included. */
export function historyBounds(fromMs: number, toMs: number): { from: string; to: string } {
  return { from: timeDigits(fromMs), to: `${timeDigits(toMs)}${BEHIND_EVERY_ID}` };
}

/** Greater than the `-` before a messageId, so that it sorts behind all of them. */
const BEHIND_EVERY_ID = '.';

const TIME_DIGITS = 13;

/** Latest time that a record may have. */
export const LATEST_TIME_MS = 10 ** TIME_DIGITS - 1;

function timeDigits(timeMs: number): string {
  return String(timeMs).padStart(TIME_DIGITS, '0');
}
