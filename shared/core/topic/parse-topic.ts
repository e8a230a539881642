import { Buffer } from 'node:buffer';
import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';

/**
 * A topic by family (protocol.md 3.10). `suffix` is what stands behind the device, without the
 * slash between: `thing/event/property/post`, `user/update`.
 */
export type Topic =
  | { family: 'custom'; productKey: string; deviceName: string; suffix: string }
  | { family: 'sys'; productKey: string; deviceName: string; suffix: string }
  | { family: 'session'; productKey: string; deviceName: string; suffix: string }
  | { family: 'ntp'; productKey: string; deviceName: string; suffix: string }
  | { family: 'error'; productKey: string; deviceName: string; suffix: string }
  | { family: 'ota'; productKey: string; deviceName: string; action: string }
  | { family: 'shadow'; productKey: string; deviceName: string; action: string }
  | Rrpc
  | { family: 'broadcast'; productKey: string; suffix: string }
  | { family: 'status'; productKey: string; deviceName: string };

/** A custom RRPC may have any topic: where that has less than three levels it names no device, and both are empty. */
type Rrpc = {
  family: 'rrpc';
  messageId: string;
  productKey: string;
  deviceName: string;
  suffix: string;
};

type OwnedFamily = 'custom' | 'sys' | 'session' | 'ntp' | 'error';

const MAX_TOPIC_BYTES = 128;
/** Of custom and broadcast topics; several of the platform's own have eight (protocol.md 4.2). */
const MAX_CUSTOM_LEVELS = 7;

/**
 * Reads a topic that a message is published to. Refuses with `topic-refused`: over 128 bytes of
 * UTF-8, no leading slash, an empty level, U+0000, a wildcard, no such system topic, or a custom
 * topic of more than 7 levels.
 */
export function parseTopic(topic: string): Result<Topic> {
  if (topic.includes('+') || topic.includes('#')) {
    return refuseTopic(topic, 'a topic to publish to has no wildcards');
  }
  return classify(topic);
}

/** Reads a topic filter: a topic in which `+` may stand for a level and `#` for all that follow. */
export function parseFilter(filter: string): Result<Topic> {
  const levels = filter.split('/');
  for (const [index, level] of levels.entries()) {
    if (level.length > 1 && (level.includes('+') || level.includes('#'))) {
      return refuseTopic(filter, 'a wildcard is a whole level');
    }
    if (level === '#' && index < levels.length - 1) return refuseTopic(filter, '# comes last');
  }
  return classify(filter);
}

/** The topic is cut to 128 characters: a hostile one must not fill the log. */
export function refuseTopic(topic: string, reason: string): Refusal {
  return refuse({ kind: 'topic-refused', topic: topic.slice(0, MAX_TOPIC_BYTES), reason });
}

function classify(topic: string): Result<Topic> {
  // A character has at least one byte: the length alone settles most hostile topics.
  if (topic.length > MAX_TOPIC_BYTES || Buffer.byteLength(topic) > MAX_TOPIC_BYTES) {
    return refuseTopic(topic, `a topic has at most ${MAX_TOPIC_BYTES} bytes`);
  }
  if (!topic.startsWith('/')) return refuseTopic(topic, 'a topic starts with a slash');
  if (topic.includes('\0')) return refuseTopic(topic, 'a topic has no U+0000');
  const levels = topic.split('/');
  if (levels.includes('', 1)) return refuseTopic(topic, 'a level is empty');
  const read = READERS_BY_FIRST_LEVEL.get(levels[1] ?? '') ?? readCustom;
  const parsed = read(levels);
  if (parsed === undefined) return refuseTopic(topic, 'there is no such topic');
  const isFree = parsed.family === 'custom' || parsed.family === 'broadcast';
  if (isFree && levels.length - 1 > MAX_CUSTOM_LEVELS) {
    return refuseTopic(topic, `a topic has at most ${MAX_CUSTOM_LEVELS} levels`);
  }
  return ok(parsed);
}

/** Levels as split at the slashes: the first one is empty. */
type Reader = (levels: readonly string[]) => Topic | undefined;

function readOwned(family: OwnedFamily, levels: readonly string[], at: number) {
  const productKey = levels[at];
  const deviceName = levels[at + 1];
  if (productKey === undefined || deviceName === undefined) return undefined;
  return { family, productKey, deviceName, suffix: levels.slice(at + 2).join('/') };
}

function readWithSuffix(family: OwnedFamily, levels: readonly string[], at: number) {
  return levels.length > at + 2 ? readOwned(family, levels, at) : undefined;
}

const readCustom: Reader = (levels) => readWithSuffix('custom', levels, 1);

const readSys: Reader = (levels) => readWithSuffix('sys', levels, 2);

/** `/ota/device/${action}/${productKey}/${deviceName}` */
const readOta: Reader = ([, , device, action, productKey, deviceName, ...more]) => {
  if (device !== 'device' || action === undefined || more.length > 0) return undefined;
  if (productKey === undefined || deviceName === undefined) return undefined;
  return { family: 'ota', productKey, deviceName, action };
};

/** `/shadow/${action}/${productKey}/${deviceName}` */
const readShadow: Reader = ([, , action, productKey, deviceName, ...more]) => {
  if (action === undefined || productKey === undefined || deviceName === undefined) {
    return undefined;
  }
  return more.length > 0 ? undefined : { family: 'shadow', productKey, deviceName, action };
};

/** The other topics under `/ext` are pushed to a connection, never addressed (protocol.md 3.6, 3.7). */
const readExt: Reader = (levels) => {
  switch (levels[2]) {
    case 'session':
      return readWithSuffix('session', levels, 3);
    case 'ntp':
      return readWithSuffix('ntp', levels, 3);
    case 'error':
      return levels.length === 5 ? readOwned('error', levels, 3) : undefined;
    case 'rrpc':
      return readRrpc(levels);
    default:
      return undefined;
  }
};

/** `/ext/rrpc/${messageId}` followed by a custom topic (protocol.md 3.11). */
const readRrpc: Reader = ([, , , messageId, ...custom]) => {
  if (messageId === undefined || custom.length === 0) return undefined;
  const [productKey = '', deviceName = '', ...suffix] = custom;
  return suffix.length > 0
    ? { family: 'rrpc', messageId, productKey, deviceName, suffix: suffix.join('/') }
    : { family: 'rrpc', messageId, productKey: '', deviceName: '', suffix: custom.join('/') };
};

const readBroadcast: Reader = ([, , productKey, ...suffix]) =>
  productKey === undefined || suffix.length === 0
    ? undefined
    : { family: 'broadcast', productKey, suffix: suffix.join('/') };

/** `/as/mqtt/status/${productKey}/${deviceName}` */
const readStatus: Reader = ([, , mqtt, status, productKey, deviceName, ...more]) => {
  if (mqtt !== 'mqtt' || status !== 'status' || more.length > 0) return undefined;
  if (productKey === undefined || deviceName === undefined) return undefined;
  return { family: 'status', productKey, deviceName };
};

/** Whether topics that begin with this level are the platform's own. */
export function isPlatformLevel(first: string): boolean {
  return READERS_BY_FIRST_LEVEL.has(first);
}

const READERS_BY_FIRST_LEVEL: ReadonlyMap<string, Reader> = new Map([
  ['sys', readSys],
  ['ota', readOta],
  ['shadow', readShadow],
  ['ext', readExt],
  ['broadcast', readBroadcast],
  ['as', readStatus],
]);
