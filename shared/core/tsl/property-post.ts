import { ok, type Result } from '../../model/failure.ts';
import type { TimedValue } from '../../model/message.ts';
import type { DataType } from '../../model/tsl.ts';
import { isJsonObject } from '../alink/json-object.ts';
import { dataTypeCheck } from './data-type-check.ts';
import { addFailure, type Failures } from './failures.ts';
import { type Check, checkNothing, checkUnknown, type Violation } from './scalar-checks.ts';
import { setOwn, unwrap, withKnownTime } from './timed-value.ts';
import { refuseTsl, TSL_FAULTS } from './tsl-faults.ts';

/** `items` are the good values of a post, `failed` the others with their reasons. */
export type CheckedProperties = Failures & { items: Record<string, TimedValue> };

export type PropertyRules = {
  /** Without a prototype: looked up with whatever name a device sends, and faster than a Map. */
  known: Readonly<Record<string, PropertyRule>>;
  unknown: PropertyRule;
  malformedTime: Violation | undefined;
};

/** `structHasValue`: the property is a struct with a member called `value`. */
type PropertyRule = { check: Check; structHasValue: boolean };

/** Protocol.md 5.5; older documents say 200. */
const MAX_PROPERTIES_PER_POST = 500;

export function propertyRules(dataTypes: ReadonlyMap<string, DataType>): PropertyRules {
  return {
    known: tableOf(dataTypes, (dataType) => ({
      check: dataTypeCheck(dataType),
      structHasValue: structHasValue(dataType),
    })),
    unknown: { check: checkUnknown, structHasValue: false },
    malformedTime: TSL_FAULTS.time,
  };
}

/** Takes wrappers apart as the strict rules do, and lets every value pass. */
export function openPropertyRules({ known }: PropertyRules): PropertyRules {
  return {
    known: tableOf(Object.entries(known), ({ structHasValue }) => ({
      check: checkNothing,
      structHasValue,
    })),
    unknown: { check: checkNothing, structHasValue: false },
    malformedTime: undefined,
  };
}

/**
 * Checks the params of a property post (protocol.md 4.3), each a bare value or `{value, time}`; a
 * write-only property is taken as any other. Refuses the whole with `tsl-violation`: 6301 not an
 * object, 460 empty, 6106 over 500 members.
 */
export function checkPropertyPost(
  rules: PropertyRules,
  params: unknown,
  nowMs: number,
): Result<CheckedProperties> {
  if (!isJsonObject(params)) return refuseTsl(TSL_FAULTS.paramsFormat);
  const checked: CheckedProperties = { items: {}, failed: {} };
  let count = 0;
  for (const identifier in params) {
    count += 1;
    if (count > MAX_PROPERTIES_PER_POST) return refuseTsl(TSL_FAULTS.mapSize);
    const rule = rules.known[identifier] ?? rules.unknown;
    const timed = timedValue(params[identifier], rule, nowMs);
    const timeViolation = Number.isNaN(timed.time) ? rules.malformedTime : undefined;
    const violation = rule.check(timed.value) ?? timeViolation;
    const sent = withKnownTime(timed, nowMs);
    if (violation === undefined) setOwn(checked.items, identifier, sent);
    else addFailure(checked, { identifier, sent, violation });
  }
  return count === 0 ? refuseTsl(TSL_FAULTS.parameter) : ok(checked);
}

/**
 * Whatever has a `value` is a wrapper, except where a struct has a member of that name: there it is
 * one only if its value is an object, which no member of a struct can be (protocol.md 4.3, 5.2).
 */
function timedValue(sent: unknown, rule: PropertyRule, nowMs: number): TimedValue {
  if (!isJsonObject(sent)) return { value: sent, time: nowMs };
  const { value } = sent;
  const isWrapper = rule.structHasValue ? isJsonObject(value) : value !== undefined;
  return isWrapper ? unwrap(sent, nowMs) : { value: sent, time: nowMs };
}

function structHasValue(dataType: DataType): boolean {
  if (dataType.type !== 'struct') return false;
  return dataType.specs.some(({ identifier }) => identifier === 'value');
}

function tableOf<T>(
  entries: Iterable<readonly [string, T]>,
  ruleOf: (value: T) => PropertyRule,
): Record<string, PropertyRule> {
  const table: Record<string, PropertyRule> = Object.create(null);
  for (const [identifier, value] of entries) table[identifier] = ruleOf(value);
  return table;
}
