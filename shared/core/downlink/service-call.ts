import { ok, type Result } from '../../model/failure.ts';
import type { Service } from '../../model/tsl.ts';
import type { JsonObject } from '../alink/json-object.ts';
import { dataTypeCheck } from '../tsl/data-type-check.ts';
import { refuseTsl, TSL_FAULTS } from '../tsl/tsl-faults.ts';
import type { ControlModel } from './control-model.ts';
import { findMember } from './thing-members.ts';

/**
 * The service of a thing model that is called with these arguments (protocol.md 4.6); arguments may be
 * missing. Without the service there is no telling how to call it, so it is needed even where the
 * product validates nothing.
 */
export function checkServiceCall(
  { identifier, args }: { identifier: string; args: JsonObject },
  { validation, modules }: ControlModel,
): Result<Service> {
  const service = findMember(modules, identifier, ({ services }) => services);
  if (!service) return refuseTsl(TSL_FAULTS.methodNotExist, identifier);
  const checked = validation === 'none' ? ok(undefined) : checkArgs(args, service);
  return checked.ok ? ok(service) : checked;
}

function checkArgs(args: JsonObject, { inputData }: Service): Result<void> {
  const inputs = new Map(
    inputData.flatMap((input) => (typeof input === 'string' ? [] : [[input.identifier, input]])),
  );
  for (const [name, value] of Object.entries(args)) {
    const input = inputs.get(name);
    if (!input) return refuseTsl(TSL_FAULTS.paramsNotExist, name);
    const violation = dataTypeCheck(input.dataType)(value);
    if (violation) return refuseTsl(violation, `${name}${violation.at ?? ''}`);
  }
  return ok(undefined);
}
