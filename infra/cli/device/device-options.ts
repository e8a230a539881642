import { readJsonObject } from '../../../shared/core/alink/decode-json.ts';
import type { JsonObject } from '../../../shared/core/alink/json-object.ts';
import { UsageError } from '../command.ts';
import { DATA_DIR_OPTION } from '../folder.ts';
import type { parseOptions } from '../options.ts';
import type { DeviceScript } from './device-script.ts';

const TEXT = { type: 'string' } as const;
const TEXTS = { type: 'string', multiple: true } as const;
const SWITCH = { type: 'boolean', default: false } as const;

export const DEVICE_OPTIONS = {
  ...DATA_DIR_OPTION,
  'product-key': TEXT,
  'device-name': TEXT,
  'device-secret': TEXT,
  'product-secret': TEXT,
  'client-id': TEXT,
  register: TEXT,
  devices: TEXT,
  count: TEXT,
  url: TEXT,
  ws: SWITCH,
  ca: TEXT,
  'keep-session': SWITCH,
  post: TEXTS,
  every: TEXT,
  event: TEXTS,
  publish: TEXTS,
  subscribe: TEXTS,
  shadow: TEXT,
  'get-shadow': SWITCH,
  answer: TEXTS,
  qos: TEXT,
  for: TEXT,
  json: SWITCH,
} as const;

export type DeviceValues = ReturnType<typeof parseOptions<typeof DEVICE_OPTIONS>>['values'];

/** What the device is to do. @throws UsageError */
export function scriptOf(values: DeviceValues): DeviceScript {
  const everyMs = millisecondsOf(values, 'every', LEAST_EVERY_MS);
  if (everyMs !== undefined && !values.post) {
    throw new UsageError('--every repeats --post, which is missing.');
  }
  return {
    posts: (values.post ?? []).map((text) => objectOf(text, 'post', '\'{"temperature":21}\'')),
    ...(everyMs !== undefined && { everyMs }),
    events: (values.event ?? []).map(eventOf),
    messages: (values.publish ?? []).map((text) => {
      const [topic, payload] = halvesOf(text, 'publish', 'user/update=hello');
      return { topic, payload };
    }),
    filters: values.subscribe ?? [],
    ...(values.shadow !== undefined && {
      shadow: objectOf(values.shadow, 'shadow', '\'{"color":"red"}\''),
    }),
    getsShadow: values['get-shadow'],
    answers: new Map((values.answer ?? []).map(answerOf)),
    qos: qosOf(values.qos),
  };
}

const LEAST_EVERY_MS = 10;

/** Of an option in seconds. @throws UsageError */
export function millisecondsOf(
  values: DeviceValues,
  name: 'every' | 'for',
  leastMs: number,
): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const ms = Number(text) * 1000;
  if (text.trim() !== '' && ms >= leastMs && ms <= MOST_MS) return ms;
  throw new UsageError(
    `--${name} is "${text}", not a number of seconds from ${leastMs / 1000} on; example: --${name} 10`,
  );
}

/** What a timer can wait for. */
const MOST_MS = 2 ** 31 - 1;

function objectOf(text: string, option: string, example: string): JsonObject {
  const object = readJsonObject(text);
  if (object) return object;
  throw new UsageError(`--${option} wants a JSON object; example: --${option} ${example}`);
}

/** `Overheat={"level":1}`, or `Overheat` alone. */
function eventOf(text: string): DeviceScript['events'][number] {
  const [identifier, value] = text.includes('=') ? halvesOf(text, 'event', EVENT) : [text, '{}'];
  return { identifier, value: objectOf(value, 'event', EVENT) };
}

const EVENT = '\'Overheat={"level":1}\'';

/** What answers a service is JSON; what answers an RRPC is text. */
function answerOf(text: string): readonly [string, string] {
  const [service, answer] = halvesOf(text, 'answer', '\'Reset={"done":1}\'');
  if (service === 'rrpc' || service.startsWith('/') || isJson(answer)) return [service, answer];
  throw new UsageError(
    `--answer ${service}= wants JSON; example: --answer '${service}={"done":1}'`,
  );
}

function halvesOf(text: string, option: string, example: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new UsageError(`--${option} "${text}" has no "="; example: --${option} ${example}`);
}

function qosOf(text = '1'): 0 | 1 {
  if (text === '0' || text === '1') return text === '0' ? 0 : 1;
  throw new UsageError(`--qos is "${text}", not 0 or 1.`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
