import type {
  ArrayItem,
  DataType,
  NumberSpecs,
  Parameter,
  Service,
  ThingEvent,
  ThingModel,
} from '../../model/tsl.ts';
import { isGenerated } from './complete-thing-model.ts';
import { MAX_TEXT_LENGTH } from './scalar-checks.ts';

/** Protocol.md 5.5. */
const MAX_FUNCTIONS = 300;
const MAX_PARAMETERS = 300;
const MAX_ARRAY_SIZE = 512;
/** Protocol.md 5.2. */
const RESERVED = ['set', 'get', 'post', 'property', 'event', 'time', 'value'];
/** One way to read each text: with `\d+\.?\d*` a long run of digits takes quadratic time. */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const INTEGER = /^(0|-?[1-9]\d*)$/;
const MIN_INT = -(2 ** 31);
const MAX_INT = 2 ** 31 - 1;

type Broken = Generator<string, void>;

/**
 * The rules of protocol.md 5.2 and 5.5 that a thing model breaks, each led by the path to the place.
 * Form, and sizes that stand alone, the schema has checked before. Members that the platform makes
 * itself are passed over.
 */
export function* brokenRules(model: ThingModel): Broken {
  const { properties, events, services } = model;
  yield* countRules(model);
  yield* functionIdentifierRules(properties, 'properties');
  yield* functionIdentifierRules(events, 'events');
  yield* functionIdentifierRules(services, 'services');
  for (const [index, { dataType }] of properties.entries()) {
    yield* dataTypeRules(dataType, `properties[${index}].dataType`);
  }
  for (const [index, { outputData }] of events.entries()) {
    yield* parameterRules(outputData, `events[${index}].outputData`);
  }
  for (const [index, { inputData, outputData }] of services.entries()) {
    yield* parameterRules(inputData, `services[${index}].inputData`);
    yield* parameterRules(outputData, `services[${index}].outputData`);
  }
}

function* countRules({ properties, events, services }: ThingModel): Broken {
  const functions = [...properties, ...events, ...services].filter(isUserMade);
  if (functions.length > MAX_FUNCTIONS) {
    yield `the module has ${functions.length} functions, at most ${MAX_FUNCTIONS} are allowed`;
  }
  const parameters = [...events, ...services].filter(isUserMade).flatMap(parametersOf);
  if (parameters.length > MAX_PARAMETERS) {
    yield `events and services have ${parameters.length} parameters, at most ${MAX_PARAMETERS} are allowed`;
  }
}

function isUserMade(member: { identifier: string; method?: string }): boolean {
  return !isGenerated(member);
}

function parametersOf(member: ThingEvent | Service): readonly (Parameter | string)[] {
  return 'inputData' in member ? [...member.inputData, ...member.outputData] : member.outputData;
}

type Identified = { identifier: string; method?: string };

function* functionIdentifierRules(members: readonly Identified[], path: string): Broken {
  yield* uniqueRules(members, path);
  for (const [index, member] of members.entries()) {
    const { identifier } = member;
    if (RESERVED.includes(identifier) && isUserMade(member)) {
      yield `${path}[${index}].identifier: ${identifier} is reserved`;
    }
  }
}

function* uniqueRules(members: readonly Identified[], path: string): Broken {
  const seen = new Set<string>();
  for (const [index, { identifier }] of members.entries()) {
    if (seen.has(identifier)) yield `${path}[${index}].identifier: ${identifier} is there twice`;
    seen.add(identifier);
  }
}

function* parameterRules(listed: readonly (Parameter | string)[], path: string): Broken {
  const parameters = listed.filter((parameter) => typeof parameter !== 'string');
  yield* uniqueRules(parameters, path);
  for (const [index, { dataType }] of parameters.entries()) {
    yield* dataTypeRules(dataType, `${path}[${index}].dataType`);
  }
}

function* dataTypeRules(dataType: DataType, path: string): Broken {
  switch (dataType.type) {
    case 'int':
    case 'float':
    case 'double':
      return yield* numberRules(dataType.specs, dataType.type, `${path}.specs`);
    case 'text':
      return yield* sizeRules(dataType.specs.length, MAX_TEXT_LENGTH, `${path}.specs.length`);
    case 'enum':
      return yield* enumRules(Object.keys(dataType.specs), `${path}.specs`);
    case 'struct':
      return yield* parameterRules(dataType.specs, `${path}.specs`);
    case 'array':
      yield* sizeRules(dataType.specs.size, MAX_ARRAY_SIZE, `${path}.specs.size`);
      return yield* itemRules(dataType.specs.item, `${path}.specs.item`);
    case 'bool':
    case 'date':
  }
}

function* itemRules(item: ArrayItem, path: string): Broken {
  if (item.type === 'struct') yield* parameterRules(item.specs, `${path}.specs`);
}

function* numberRules(specs: NumberSpecs, type: string, path: string): Broken {
  const { min, max, step } = specs;
  for (const [name, text] of Object.entries({ min, max, step })) {
    if (text === undefined) continue;
    const isNumber = type === 'int' ? isInt(text) : isDecimal(text);
    const wanted = type === 'int' ? 'an integer of 32 bits' : 'a number';
    if (!isNumber) yield `${path}.${name}: ${shown(text)} is not ${wanted}`;
  }
  if (min !== undefined && max !== undefined && Number(min) > Number(max)) {
    yield `${path}.max: ${max} is less than min, ${min}`;
  }
  if (step !== undefined && Number(step) <= 0) yield `${path}.step: ${step} is not positive`;
}

function* sizeRules(size: string, max: number, path: string): Broken {
  if (!INTEGER.test(size) || Number(size) < 1 || Number(size) > max) {
    yield `${path}: ${shown(size)} is not an integer from 1 to ${max}`;
  }
}

function* enumRules(keys: readonly string[], path: string): Broken {
  for (const key of keys) {
    if (!isInt(key)) yield `${path}: the key ${shown(key)} is not an integer of 32 bits`;
  }
}

function isInt(text: string): boolean {
  return INTEGER.test(text) && Number(text) >= MIN_INT && Number(text) <= MAX_INT;
}

function isDecimal(text: string): boolean {
  return DECIMAL.test(text) && Number.isFinite(Number(text));
}

/** A document may be anybody's: what is quoted from it stays short. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
