import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { ForwardingRule, FunctionTarget } from '../../model/forwarding.ts';
import { parseTarget, TARGET_FORMS } from './parse-target.ts';

/**
 * Reads a rule as a file or a command line has it: `name`, `topicFilter` and `target` have to be there,
 * the rest has defaults. Refuses `missing-parameter` and `invalid-parameter`.
 */
export function checkRule(given: unknown): Result<ForwardingRule> {
  if (!isObject(given)) return invalid('rule', 'a rule is a JSON object');
  const unknown = Object.keys(given).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) {
    return invalid(unknown, `a rule has only ${[...MEMBERS].join(', ')}`);
  }
  const name = readName(given['name']);
  if (!name.ok) return name;
  const topicFilter = readFilter(given['topicFilter']);
  if (!topicFilter.ok) return topicFilter;
  const target = readTarget(given['target']);
  if (!target.ok) return target;
  const delivery = readDelivery(given);
  if (!delivery.ok) return delivery;
  const productKey = readProduct(given['productKey']);
  if (!productKey.ok) return productKey;
  return ok({
    name: name.value,
    topicFilter: topicFilter.value,
    productKey: productKey.value,
    target: target.value,
    ...delivery.value,
  });
}

type Delivery = Pick<
  ForwardingRule,
  'priority' | 'payload' | 'batchSize' | 'batchWaitMs' | 'order'
>;

function readDelivery(given: Given): Result<Delivery> {
  const priority = readCount(given, 'priority', PRIORITY);
  if (!priority.ok) return priority;
  const payload = readChoice(given, 'payload', ['batch', 'body'] as const);
  if (!payload.ok) return payload;
  const batchSize = readCount(given, 'batchSize', SIZES[payload.value]);
  if (!batchSize.ok) return batchSize;
  const batchWaitMs = readCount(given, 'batchWaitMs', WAIT_MS);
  if (!batchWaitMs.ok) return batchWaitMs;
  const order = readChoice(given, 'order', ['none', 'device'] as const);
  if (!order.ok) return order;
  return ok({
    priority: priority.value,
    payload: payload.value,
    batchSize: batchSize.value,
    batchWaitMs: batchWaitMs.value,
    order: order.value,
  });
}

function readName(name: unknown): Result<string> {
  if (name === undefined) return missing('name');
  if (typeof name === 'string' && NAME.test(name)) return ok(name);
  return invalid(
    'name',
    'a name has 1 to 64 letters, digits, _, - and full stops, and begins with a letter or digit',
  );
}

/** A filter as in MQTT 3.1.1, 4.7.1. Without a slash in front it covers no topic of a device. */
function readFilter(filter: unknown): Result<string> {
  if (filter === undefined) return missing('topicFilter');
  if (typeof filter !== 'string' || filter === '') {
    return invalid('topicFilter', 'the filter is empty; # covers every topic');
  }
  if (filter.length > LONGEST_FILTER || filter.includes('\0')) {
    return invalid(
      'topicFilter',
      `a filter has at most ${LONGEST_FILTER} characters and no U+0000`,
    );
  }
  const levels = filter.split('/');
  for (const [index, level] of levels.entries()) {
    if (level.length > 1 && /[+#]/.test(level)) {
      return invalid('topicFilter', `"${level}": a wildcard is a whole level, as in /+/+/user/#`);
    }
    if (level === '#' && index < levels.length - 1) {
      return invalid('topicFilter', '# comes last, as in /+/+/user/#');
    }
  }
  return ok(filter);
}

/** As text, or in the form in which rules are kept. */
function readTarget(target: unknown): Result<FunctionTarget> {
  if (target === undefined) return missing('target');
  if (typeof target === 'string') return parseTarget(target, null);
  if (!isObject(target)) return invalid('target', `a target is ${TARGET_FORMS}`);
  const { kind, serviceName, functionName, qualifier = null, url } = target;
  if (qualifier !== null && typeof qualifier !== 'string') {
    return invalid('qualifier', 'a qualifier is a text or null');
  }
  if (kind === 'http') {
    if (typeof url !== 'string') return invalid('target', 'an http target has a url');
    return parseTarget(url, qualifier);
  }
  const name =
    kind === 'fc2' ? `${textOf(serviceName)}/${textOf(functionName)}` : textOf(functionName);
  return parseTarget(`${textOf(kind)}:${name}`, qualifier);
}

function readProduct(productKey: unknown): Result<string | null> {
  if (productKey === undefined || productKey === null) return ok(null);
  if (typeof productKey === 'string' && /^[^/+#\s]{1,64}$/.test(productKey)) return ok(productKey);
  return invalid('productKey', 'a ProductKey has 1 to 64 characters, none of them /, + or #');
}

type Count = { from: number; to: number; fallback: number };

function readCount(given: Given, name: string, { from, to, fallback }: Count): Result<number> {
  const value = given[name] ?? fallback;
  if (Number.isInteger(value) && Number(value) >= from && Number(value) <= to)
    return ok(Number(value));
  if (to === from)
    return invalid(name, `is ${to} where the payload is body: a call has one message`);
  return invalid(name, `is a whole number from ${from} to ${to}`);
}

function readChoice<T extends string>(
  given: Given,
  name: string,
  choices: readonly [T, ...T[]],
): Result<T> {
  const value = given[name] ?? choices[0];
  const choice = choices.find((candidate) => candidate === value);
  return choice === undefined ? invalid(name, `is one of ${choices.join(', ')}`) : ok(choice);
}

type Given = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const missing = (parameter: string): Refusal => refuse({ kind: 'missing-parameter', parameter });
const invalid = (parameter: string, reason: string): Refusal =>
  refuse({ kind: 'invalid-parameter', parameter, reason });

const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
const LONGEST_FILTER = 256;
const PRIORITY: Count = { from: 0, to: 1000, fallback: 100 };
const WAIT_MS: Count = { from: 0, to: 60_000, fallback: 200 };
const SIZES = {
  batch: { from: 1, to: 1000, fallback: 100 },
  body: { from: 1, to: 1, fallback: 1 },
} as const;
const MEMBERS: ReadonlySet<string> = new Set([
  'name',
  'priority',
  'topicFilter',
  'productKey',
  'target',
  'payload',
  'batchSize',
  'batchWaitMs',
  'order',
]);
