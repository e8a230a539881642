import { ok, type Result } from '../../model/failure.ts';
import type { ThingEvent } from '../../model/tsl.ts';
import { isJsonObject, type JsonObject } from '../alink/json-object.ts';
import { dataTypeCheck } from './data-type-check.ts';
import { addFailure, type Failures } from './failures.ts';
import { type Check, checkNothing, checkUnknown, type Violation } from './scalar-checks.ts';
import { setOwn, unwrap } from './timed-value.ts';
import { refuseTsl, TSL_FAULTS } from './tsl-faults.ts';

/** `value` holds the good outputs, `failed` the others and, under `time`, a malformed time. */
export type CheckedEvent = Failures & {
  name: string;
  type: string;
  value: Record<string, unknown>;
  /** UTC milliseconds. */
  time: number;
};

export type EventRule = {
  name: string;
  type: string;
  outputs: ReadonlyMap<string, Check>;
  unknownOutput: Check;
  malformedTime: Violation | undefined;
  /** The event has an output called `value` that is a struct. */
  structCalledValue: boolean;
};

/** As many as properties in a post: the platform gives no figure for events. */
const MAX_OUTPUTS_PER_POST = 500;

export function eventRule({ name, type, outputData }: ThingEvent): EventRule {
  return {
    name,
    type,
    outputs: new Map(
      outputData.map(({ identifier, dataType }) => [identifier, dataTypeCheck(dataType)]),
    ),
    unknownOutput: checkUnknown,
    malformedTime: TSL_FAULTS.time,
    structCalledValue: outputData.some(
      ({ identifier, dataType }) => identifier === 'value' && dataType.type === 'struct',
    ),
  };
}

/** Takes the wrapper apart as the strict rule does, and lets every output pass. */
export function openEventRule(rule: EventRule): EventRule {
  return { ...rule, outputs: new Map(), unknownOutput: checkNothing, malformedTime: undefined };
}

/** For an event that no thing model describes: goes by its identifier, and is taken for an info. */
export function unknownEventRule(identifier: string): EventRule {
  const event = { identifier, name: identifier, required: false, method: '', outputData: [] };
  return openEventRule(eventRule({ ...event, type: 'info' }));
}

/**
 * Checks the params of an event post: `{value: outputs, time}` or, as one SDK sends it, the bare
 * outputs (protocol.md 4.5). Outputs may be missing. Refuses the whole with `tsl-violation`: 6301
 * not an object, 6106 over 500 outputs.
 */
export function checkEventPost(
  rule: EventRule,
  params: unknown,
  nowMs: number,
): Result<CheckedEvent> {
  if (!isJsonObject(params)) return refuseTsl(TSL_FAULTS.paramsFormat);
  const { outputs, time } = takeOutputs(params, rule, nowMs);
  const isTimeKnown = !Number.isNaN(time);
  const checked: CheckedEvent = {
    name: rule.name,
    type: rule.type,
    value: {},
    time: isTimeKnown ? time : nowMs,
    failed: {},
  };
  if (!isTimeKnown && rule.malformedTime !== undefined) {
    const sent = { value: params['time'], time: nowMs };
    addFailure(checked, { identifier: 'time', sent, violation: rule.malformedTime });
  }
  return checkOutputs(checked, outputs, rule);
}

function checkOutputs(
  checked: CheckedEvent,
  outputs: JsonObject,
  rule: EventRule,
): Result<CheckedEvent> {
  let count = 0;
  for (const identifier in outputs) {
    count += 1;
    if (count > MAX_OUTPUTS_PER_POST) return refuseTsl(TSL_FAULTS.mapSize);
    const value = outputs[identifier];
    const check = rule.outputs.get(identifier) ?? rule.unknownOutput;
    const violation = check(value);
    if (violation === undefined) setOwn(checked.value, identifier, value);
    else addFailure(checked, { identifier, sent: { value, time: checked.time }, violation });
  }
  return ok(checked);
}

/** `time` is NaN where it is malformed. */
type Outputs = { outputs: JsonObject; time: number };

/**
 * A `value` that is an object makes a wrapper; where the event has a struct output of that name,
 * only if it holds an object under that name in its turn.
 */
function takeOutputs(params: JsonObject, rule: EventRule, nowMs: number): Outputs {
  const { value } = params;
  if (!isJsonObject(value)) return { outputs: params, time: nowMs };
  if (rule.structCalledValue && !isJsonObject(value['value'])) {
    return { outputs: params, time: nowMs };
  }
  return { outputs: value, time: unwrap(params, nowMs).time };
}
