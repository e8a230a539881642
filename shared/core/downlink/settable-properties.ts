import { ok, type Result, refuse } from '../../model/failure.ts';
import type { Property } from '../../model/tsl.ts';
import type { JsonObject } from '../alink/json-object.ts';
import { dataTypeCheck } from '../tsl/data-type-check.ts';
import { refuseTsl, TSL_FAULTS } from '../tsl/tsl-faults.ts';
import type { ControlModel } from './control-model.ts';
import { findMember } from './thing-members.ts';

/**
 * What a property set may carry (protocol.md 4.4): properties of the thing model that may be written,
 * with values of their type. A product without validation takes any.
 */
export function checkSettable(
  items: JsonObject,
  { validation, modules }: ControlModel,
): Result<void> {
  const entries = Object.entries(items);
  if (entries.length === 0) return refuseItems('there is no property in it');
  if (validation === 'none') return ok(undefined);
  for (const [identifier, value] of entries) {
    const property = findMember(modules, identifier, ({ properties }) => properties);
    if (!property) return refuseTsl(TSL_FAULTS.paramsNotExist, identifier);
    const checked = checkValue(identifier, value, property);
    if (!checked.ok) return checked;
  }
  return ok(undefined);
}

function checkValue(identifier: string, value: unknown, property: Property): Result<void> {
  if (property.accessMode === 'r') return refuseItems(`${identifier} is read-only`);
  const violation = dataTypeCheck(property.dataType)(value);
  return violation ? refuseTsl(violation, `${identifier}${violation.at ?? ''}`) : ok(undefined);
}

function refuseItems(reason: string): Result<void> {
  return refuse({ kind: 'invalid-parameter', parameter: 'Items', reason });
}
