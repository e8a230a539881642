import type { ArrayItem, DataType, Parameter } from '../../model/tsl.ts';
import { isJsonObject } from '../alink/json-object.ts';
import { type Check, MAX_TEXT_LENGTH, scalarCheck, type Violation } from './scalar-checks.ts';
import { TSL_FAULTS } from './tsl-faults.ts';

/** Compiles a data type to a closure, once; `scalarCheck` says what weak validation covers. */
export function dataTypeCheck(dataType: DataType): Check {
  switch (dataType.type) {
    case 'struct':
      return structCheck(dataType.specs);
    case 'array':
      return arrayCheck(Number(dataType.specs.size), itemCheck(dataType.specs.item));
    default:
      return scalarCheck(dataType);
  }
}

/** Every member has to be there: 6312 stands for a wrong member count too (protocol.md 4.14). */
function structCheck(members: readonly Parameter[]): Check {
  const checks = new Map(
    members.map((member) => [member.identifier, dataTypeCheck(member.dataType)]),
  );
  return (value) => {
    if (!isJsonObject(value)) return TSL_FAULTS.structSpecs;
    let count = 0;
    for (const identifier in value) {
      const check = checks.get(identifier);
      if (check === undefined) return { ...TSL_FAULTS.paramsNotExist, at: `.${identifier}` };
      const violation = check(value[identifier]);
      if (violation !== undefined) return { ...violation, at: `.${identifier}` };
      count += 1;
    }
    return count === checks.size ? undefined : TSL_FAULTS.structSpecs;
  };
}

/** `size` is the most that an array may hold. An element that does not fit is an error of the array. */
function arrayCheck(size: number, check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return TSL_FAULTS.notArray;
    if (value.length > size) return TSL_FAULTS.arraySpecs;
    for (let index = 0; index < value.length; index += 1) {
      const violation = check(value[index]);
      if (violation !== undefined) return elementViolation(index, violation);
    }
    return undefined;
  };
}

function elementViolation(index: number, { at = '' }: Violation): Violation {
  return { ...TSL_FAULTS.arraySpecs, at: `[${index}]${at}` };
}

/** Scalar elements have no specs of their own, so the widest of their type hold. */
function itemCheck(item: ArrayItem): Check {
  switch (item.type) {
    case 'struct':
      return structCheck(item.specs);
    case 'text':
      return scalarCheck({ type: 'text', specs: { length: String(MAX_TEXT_LENGTH) } });
    default:
      return scalarCheck({ type: item.type, specs: {} });
  }
}
