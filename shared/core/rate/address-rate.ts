import type { SeenRecord } from '../../model/tables.ts';
import type { Key, Table } from '../../ports/table.ts';

/** Counts requests by source address for all instances together. */
export type AddressRate = {
  limitPerMinute: number;
  /** False once an address has had its share of the current minute. */
  allow(address: string): Promise<boolean>;
};

type AddressRateOptions = {
  seen: Table<SeenRecord>;
  nowMs: () => number;
  limitPerMinute: number;
  /** 0 to `below` - 1. */
  randomInteger: (below: number) => number;
};

/**
 * A minute has as many slots as an address has requests, and a request takes one by a conditional
 * insert: nothing is read, and no two requests wait for one another. It tries PROBES at random, which
 * nearly always hit while the minute is young, and then looks for gaps among PAGE slots in a row. A
 * request is refused where there is none, so the limit is exact up to PAGE a minute and above that
 * about the limit: while 97 of 100 slots are taken, 128 in a row are so in 2 of 100 cases. Of 200
 * at once with a limit of 600, even the last would have to find 128 of 128 taken where 1 of 3 is.
 * A refused address is known to this instance for the rest of the minute and costs nothing more.
 */
export function createAddressRate(options: AddressRateOptions): AddressRate {
  let refused = new Set<string>();
  let refusedInMinute = Number.NaN;
  return {
    limitPerMinute: options.limitPerMinute,
    allow: async (address) => {
      const minute = Math.floor(options.nowMs() / MINUTE_MS);
      if (minute !== refusedInMinute) {
        refused = new Set();
        refusedInMinute = minute;
      }
      const name = nameOf(address);
      if (refused.has(name)) return false;
      const share = { partition: `certificate-address/${name}/${minute}`, minute };
      if ((await takeAny(share, options)) || (await takeGap(share, options))) return true;
      if (minute === refusedInMinute) refused.add(name);
      return false;
    },
  };
}

type Share = { partition: string; minute: number };

async function takeAny(share: Share, options: AddressRateOptions): Promise<boolean> {
  for (let probe = 0; probe < PROBES; probe += 1) {
    const slot = options.randomInteger(options.limitPerMinute);
    if (await take(share, sortOf(slot), options)) return true;
  }
  return false;
}

async function takeGap(share: Share, options: AddressRateOptions): Promise<boolean> {
  const { limitPerMinute, randomInteger } = options;
  const first = randomInteger(Math.max(1, limitPerMinute - PAGE + 1));
  const row = Array.from({ length: Math.min(PAGE, limitPerMinute) }, (_, n) => sortOf(first + n));
  const range = { from: sortOf(first), limit: row.length };
  const { records } = await options.seen.list(share.partition, range);
  const taken = new Set(records.map(({ sort }) => sort));
  // Others look for gaps too: each begins elsewhere.
  const gaps = row.filter((sort) => !taken.has(sort));
  const start = gaps.length > 0 ? randomInteger(gaps.length) : 0;
  for (const sort of [...gaps.slice(start), ...gaps.slice(0, start)]) {
    if (await take(share, sort, options)) return true;
  }
  return false;
}

function take(share: Share, sort: string, { seen, nowMs }: AddressRateOptions): Promise<boolean> {
  const key: Key = { partition: share.partition, sort };
  const expiresAtMs = (share.minute + KEPT_MINUTES) * MINUTE_MS;
  return seen.insert(key, { seenAtMs: nowMs() }, { expiresAtMs });
}

/** Becomes part of a key: clouds and proxies write addresses, and nobody says how long they are. */
function nameOf(address: string): string {
  const text = address.replace(/[^\x21-\x7e]/g, '').slice(0, LONGEST_ADDRESS_CHARACTERS);
  const ipv4 = IPV4_IN_IPV6.exec(text)?.[1];
  if (ipv4 !== undefined) return ipv4;
  return text.includes(':') ? networkOf(text.toLowerCase()) : text;
}

/** The first 64 bits of an IPv6 address: who has one address has all that begin with them. */
function networkOf(ipv6: string): string {
  const [head = '', tail = ''] = ipv6.split('::', 2);
  const first = head === '' ? [] : head.split(':');
  const last = tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, IPV6_GROUPS - first.length - last.length)).fill('0');
  const groups = [...first, ...zeros, ...last].slice(0, NETWORK_GROUPS);
  return groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':');
}

/** Slots sort by their number. */
function sortOf(slot: number): string {
  return String(slot).padStart(SLOT_DIGITS, '0');
}

const MINUTE_MS = 60_000;
const PROBES = 4;
const PAGE = 128;
const SLOT_DIGITS = 6;
/** An instance whose clock is behind still finds the slots of its minute. */
const KEPT_MINUTES = 3;
const LONGEST_ADDRESS_CHARACTERS = 64;
const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const IPV6_GROUPS = 8;
const NETWORK_GROUPS = 4;
