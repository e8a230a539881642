import type { TimedValue } from '../../model/message.ts';
import type { JsonObject } from '../alink/json-object.ts';
import { isUtcMs } from './scalar-checks.ts';

/**
 * Takes `{value, time}` apart; `nowMs` stands in for an absent time. A malformed time becomes NaN,
 * so that the result can serve as the item itself.
 */
export function unwrap({ value, time }: JsonObject, nowMs: number): TimedValue {
  if (time === undefined) return { value, time: nowMs };
  return { value, time: isUtcMs(time) ? time : Number.NaN };
}

/** With `nowMs` in place of a malformed time. */
export function withKnownTime(timed: TimedValue, nowMs: number): TimedValue {
  return Number.isNaN(timed.time) ? { value: timed.value, time: nowMs } : timed;
}

/**
 * Sets an own member whatever its name: assigning to `__proto__`, which the grammar of identifiers
 * allows, would set the prototype.
 */
export function setOwn<T>(record: Record<string, T>, identifier: string, value: T): void {
  if (identifier !== '__proto__') {
    record[identifier] = value;
    return;
  }
  Object.defineProperty(record, identifier, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
