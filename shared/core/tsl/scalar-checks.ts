import type { DataType, NumberSpecs } from '../../model/tsl.ts';
import { TSL_FAULTS, type TslFault } from './tsl-faults.ts';

/** Says what is wrong with a value; undefined if nothing is. Allocates nothing for a good one. */
export type Check = (value: unknown) => Violation | undefined;

/** `at` leads from the identifier to the place: empty, `.member`, `[index]` or `[index].member`. */
export type Violation = TslFault & { at?: string };

export type ScalarType = Exclude<DataType, { type: 'struct' | 'array' }>;

export const MAX_TEXT_LENGTH = 10_240;
const MAX_INT = 2_147_483_647;
const MIN_INT = -2_147_483_648;
/** Of a 32-bit IEEE 754 number. */
const MAX_FLOAT = 3.4028234663852886e38;
/** 13 digits, until the year 2286 (protocol.md 5.2). */
const MAX_UTC_MS = 9_999_999_999_999;
const UTC_MS_TEXT = /^\d{1,13}$/;

/**
 * The check of a scalar type. The platform says that weak validation looks at "identifier and data
 * type only"; here a data type includes its specs, so range, length and membership are checked.
 * `step` is not: it advises user interfaces, and a device's rounding would break it.
 */
export function scalarCheck(dataType: ScalarType): Check {
  switch (dataType.type) {
    case 'int':
      return intCheck(dataType.specs);
    case 'float':
      return numberCheck(dataType.specs, MAX_FLOAT, TSL_FAULTS.floatSpecs);
    case 'double':
      return numberCheck(dataType.specs, Number.MAX_VALUE, TSL_FAULTS.doubleSpecs);
    case 'text':
      return textCheck(Number(dataType.specs.length));
    case 'date':
      return checkDate;
    case 'bool':
      return checkBool;
    case 'enum':
      return enumCheck(Object.keys(dataType.specs));
  }
}

/** A number of UTC milliseconds since 1970, at most 13 digits. */
export function isUtcMs(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_UTC_MS;
}

function intCheck(specs: NumberSpecs): Check {
  const min = Math.max(MIN_INT, bound(specs.min, MIN_INT));
  const max = Math.min(MAX_INT, bound(specs.max, MAX_INT));
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? undefined
      : TSL_FAULTS.intSpecs;
}

/** JSON can write a number beyond double, which parses to infinity: the limit keeps it out. */
function numberCheck(specs: NumberSpecs, limit: number, fault: TslFault): Check {
  const min = Math.max(-limit, bound(specs.min, -limit));
  const max = Math.min(limit, bound(specs.max, limit));
  return (value) => (typeof value === 'number' && value >= min && value <= max ? undefined : fault);
}

function bound(spec: string | undefined, otherwise: number): number {
  return spec === undefined ? otherwise : Number(spec);
}

/** Length in characters (code points), not in UTF-16 units. */
function textCheck(maxLength: number): Check {
  return (value) =>
    typeof value === 'string' && hasAtMost(maxLength, value) ? undefined : TSL_FAULTS.textSpecs;
}

/** A character takes one unit or two, so most texts need no counting. */
function hasAtMost(maxLength: number, text: string): boolean {
  if (text.length <= maxLength) return true;
  if (text.length > 2 * maxLength) return false;
  let length = 0;
  for (const _character of text) length += 1;
  return length <= maxLength;
}

/** A string of digits by the book; several SDKs send the number. */
function checkDate(value: unknown): Violation | undefined {
  const isDate = typeof value === 'string' ? UTC_MS_TEXT.test(value) : isUtcMs(value);
  return isDate ? undefined : TSL_FAULTS.dateSpecs;
}

function checkBool(value: unknown): Violation | undefined {
  return value === 0 || value === 1 ? undefined : TSL_FAULTS.boolSpecs;
}

/** Mostly a handful of keys, 100 at most: searching a list is faster than hashing for a set. */
function enumCheck(keys: readonly string[]): Check {
  const listed: readonly unknown[] = keys.map(Number);
  return (value) => (listed.includes(value) ? undefined : TSL_FAULTS.enumSpecs);
}

/** For what the thing model does not describe. */
export function checkUnknown(): Violation {
  return TSL_FAULTS.paramsNotExist;
}

/** For products without validation. */
export function checkNothing(): undefined {
  return undefined;
}
