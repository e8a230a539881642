import type { ArrayItem, DataType, Parameter, ThingModel } from '../../shared/model/tsl.ts';

/** Plain JSON Schema; written from protocol.md 5.2 alone, so that it can contradict our checks. */
export type Schema = Readonly<Record<string, unknown>>;

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;
const FLOAT_MAX = (2 - 2 ** -23) * 2 ** 127;

const timeSchema: Schema = { type: 'integer', minimum: 0, maximum: 10 ** 13 - 1 };

/** Of the params of a property post: every property bare or as `{value, time}`. */
export function postSchema(model: ThingModel): Schema {
  const properties = model.properties.map(({ identifier, dataType }) => [
    identifier,
    propertySchema(dataType),
  ]);
  return {
    type: 'object',
    minProperties: 1,
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

export function propertySchema(dataType: DataType): Schema {
  const bare = dataTypeSchema(dataType);
  const wrapper = {
    type: 'object',
    properties: { value: bare, time: timeSchema },
    required: ['value'],
  };
  if (dataType.type !== 'struct') return { anyOf: [bare, wrapper] };
  const wrapped = hasMember(dataType.specs, 'value')
    ? { type: 'object', properties: { value: { type: 'object' } }, required: ['value'] }
    : { type: 'object', required: ['value'] };
  return { anyOf: [{ allOf: [wrapped, wrapper] }, { allOf: [{ not: wrapped }, bare] }] };
}

function dataTypeSchema(dataType: DataType): Schema {
  switch (dataType.type) {
    case 'int':
      return intSchema(dataType.specs);
    case 'float':
      return numberSchema(dataType.specs, FLOAT_MAX);
    case 'double':
      return numberSchema(dataType.specs, Number.MAX_VALUE);
    case 'text':
      return { type: 'string', maxLength: Number(dataType.specs.length) };
    case 'date':
      return { anyOf: [{ type: 'string', pattern: '^[0-9]{1,13}$' }, timeSchema] };
    case 'bool':
    case 'enum':
      return { type: 'integer', enum: Object.keys(dataType.specs).map(Number) };
    case 'struct':
      return structSchema(dataType.specs);
    case 'array':
      return {
        type: 'array',
        maxItems: Number(dataType.specs.size),
        items: itemSchema(dataType.specs.item),
      };
  }
}

function itemSchema(item: ArrayItem): Schema {
  switch (item.type) {
    case 'struct':
      return structSchema(item.specs);
    case 'text':
      return { type: 'string', maxLength: 10_240 };
    default:
      return dataTypeSchema({ type: item.type, specs: {} });
  }
}

function structSchema(members: readonly Parameter[]): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(
      members.map(({ identifier, dataType }) => [identifier, dataTypeSchema(dataType)]),
    ),
    required: members.map(({ identifier }) => identifier),
    additionalProperties: false,
  };
}

type Bounds = { min?: string; max?: string };

function intSchema({ min = String(INT_MIN), max = String(INT_MAX) }: Bounds): Schema {
  return { type: 'integer', minimum: Number(min), maximum: Number(max) };
}

function numberSchema({ min, max }: Bounds, limit: number): Schema {
  const specs = {
    ...(min === undefined ? {} : { minimum: Number(min) }),
    ...(max === undefined ? {} : { maximum: Number(max) }),
  };
  return { type: 'number', minimum: -limit, maximum: limit, allOf: [specs] };
}

function hasMember(members: readonly Parameter[], identifier: string): boolean {
  return members.some((member) => member.identifier === identifier);
}
