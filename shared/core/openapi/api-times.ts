const UTC_PLUS_8_MS = 8 * 60 * 60 * 1000;

/**
 * `Gmt*` members (protocol.md 7.2): `2018-08-06 10:48:41`, in UTC+8 in spite of the name. Empty for
 * null.
 */
export function gmtTime(timeMs: number | null): string {
  if (timeMs === null) return '';
  return new Date(timeMs + UTC_PLUS_8_MS).toISOString().slice(0, 19).replace('T', ' ');
}

/** `Utc*` members: `2018-08-06T02:48:41.000Z`. Empty for null. */
export function utcTime(timeMs: number | null): string {
  return timeMs === null ? '' : new Date(timeMs).toISOString();
}
