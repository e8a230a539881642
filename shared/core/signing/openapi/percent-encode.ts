const KEPT_BY_ENCODE_URI = /[!'()*]/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * RFC 3986: all but `A-Z a-z 0-9 - _ . ~` as upper-case %XX (protocol.md 7.1). Total: half of a
 * surrogate pair counts as U+FFFD, as it would in UTF-8.
 */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.replace(LONE_SURROGATE, '\uFFFD')).replace(
    KEPT_BY_ENCODE_URI,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
