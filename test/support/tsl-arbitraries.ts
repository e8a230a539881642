import fc from 'fast-check';
import type {
  ArrayItem,
  DataType,
  NumberSpecs,
  Parameter,
  ThingModel,
} from '../../shared/model/tsl.ts';
import { property } from './thing-models.ts';

/** Small integers and the edges of 32 bits. */
const bound = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1));
const decimal = fc.oneof(bound, fc.constantFrom(-0.5, 0.1, 1e9, -3.5e38, 3.5e38, 1e300));

const numberSpecs = (limit: fc.Arbitrary<number>) =>
  fc
    .record({ range: fc.tuple(limit, limit), hasMin: fc.boolean(), hasMax: fc.boolean() })
    .map(({ range: [one, other], hasMin, hasMax }) => ({
      ...(hasMin ? { min: String(Math.min(one, other)) } : {}),
      ...(hasMax ? { max: String(Math.max(one, other)) } : {}),
    }));

const labels = (keys: readonly number[]) =>
  Object.fromEntries(keys.map((key) => [String(key), 'label']));

const scalarType: fc.Arbitrary<DataType> = fc.oneof(
  numberSpecs(bound).map((specs) => ({ type: 'int' as const, specs })),
  numberSpecs(decimal).map((specs) => ({ type: 'float' as const, specs })),
  numberSpecs(decimal).map((specs) => ({ type: 'double' as const, specs })),
  fc
    .integer({ min: 1, max: 6 })
    .map((length) => ({ type: 'text' as const, specs: { length: String(length) } })),
  fc.constant({ type: 'date' as const, specs: {} }),
  fc.constant({ type: 'bool' as const, specs: { '0': 'off', '1': 'on' } }),
  fc
    .uniqueArray(fc.integer({ min: -3, max: 5 }), { minLength: 1, maxLength: 5 })
    .map((keys) => ({ type: 'enum' as const, specs: labels(keys) })),
);

/** Few names, so that payloads hit them; those that objects have of themselves among them. */
const memberName = fc.constantFrom('a', 'b', 'value', 'time', 'constructor', 'toString');

const members: fc.Arbitrary<Parameter[]> = fc.uniqueArray(
  fc.record({ identifier: memberName, name: fc.constant('n'), dataType: scalarType }),
  { minLength: 1, maxLength: 4, selector: ({ identifier }) => identifier },
);

const item: fc.Arbitrary<ArrayItem> = fc.oneof(
  fc.constantFrom('int', 'float', 'double', 'text').map((type) => ({ type })),
  members.map((specs) => ({ type: 'struct' as const, specs })),
);

const dataType: fc.Arbitrary<DataType> = fc.oneof(
  { weight: 4, arbitrary: scalarType },
  { weight: 2, arbitrary: members.map((specs) => ({ type: 'struct' as const, specs })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 4 }), item)
      .map(([size, of]) => ({ type: 'array' as const, specs: { size: String(size), item: of } })),
  },
);

const PROPERTIES = ['P0', 'P1', 'P2', 'P3', 'P4', '__proto__', 'constructor'];

export const thingModel: fc.Arbitrary<ThingModel> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...PROPERTIES), dataType), {
    minLength: 1,
    maxLength: 5,
    selector: ([identifier]) => identifier,
  })
  .map((properties) => ({
    profile: { productKey: 'a1TestProd01' },
    properties: properties.map(([identifier, type]) => property(identifier, type)),
    events: [],
    services: [],
  }));

const scalar = fc.oneof(
  fc.integer({ min: -25, max: 25 }),
  fc.constantFrom<unknown>(0, 1, 2, -0.5, 0.1, 1.5, 2 ** 31, -(2 ** 31) - 1, 3.5e38, 1e300),
  fc.constantFrom<unknown>(Number.POSITIVE_INFINITY, 10 ** 13, 10 ** 13 - 1),
  fc.constantFrom<unknown>(true, false, null, '', '1', '1700000000000', '17000000000000', '1.5'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

const object = fc.dictionary(memberName, scalar, { maxKeys: 5 });

const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: object },
  { weight: 1, arbitrary: fc.array(fc.oneof(scalar, object), { maxLength: 6 }) },
);

/** Mostly a value of the type, so that good posts are as common as bad ones. */
function valueFor(type: DataType): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 3, arbitrary: likely(type) }, { weight: 1, arbitrary: anyValue });
}

function likely(type: DataType): fc.Arbitrary<unknown> {
  switch (type.type) {
    case 'int':
      return fc.oneof(around(type.specs), bound, fc.integer());
    case 'float':
    case 'double':
      return fc.oneof(around(type.specs), decimal, fc.double({ noNaN: true }));
    case 'text':
      return fc.string({ unit: 'grapheme', maxLength: 7 });
    case 'date':
      return fc.oneof(fc.nat(), fc.nat().map(String));
    case 'bool':
      return fc.constantFrom(0, 1, 2);
    case 'enum':
      return fc.integer({ min: -4, max: 6 });
    case 'struct':
      return structValue(type.specs);
    case 'array':
      return fc.array(itemValue(type.specs.item), { maxLength: Number(type.specs.size) + 1 });
  }
}

/** On the bounds, between them and just outside. */
function around({ min = '0', max = '0' }: NumberSpecs): fc.Arbitrary<number> {
  const [low, high] = [Number(min), Number(max)];
  return fc.constantFrom(low, high, Math.trunc((low + high) / 2), low + 1, low - 1, high + 1);
}

function itemValue(of: ArrayItem): fc.Arbitrary<unknown> {
  return of.type === 'struct'
    ? structValue(of.specs)
    : valueFor(
        of.type === 'text'
          ? { type: 'text', specs: { length: '9' } }
          : { type: of.type, specs: {} },
      );
}

function structValue(specs: readonly Parameter[]): fc.Arbitrary<unknown> {
  const shape = Object.fromEntries(
    specs.map(({ identifier, dataType: type }) => [identifier, valueFor(type)]),
  );
  return fc.oneof(
    { weight: 5, arbitrary: fc.record(shape) },
    { weight: 1, arbitrary: fc.record(shape, { requiredKeys: [] }) },
    { weight: 1, arbitrary: object },
  );
}

const time = fc.oneof({ weight: 4, arbitrary: fc.nat() }, { weight: 1, arbitrary: scalar });

function sent(type: DataType): fc.Arbitrary<unknown> {
  return fc.oneof(
    valueFor(type),
    fc.record({ value: valueFor(type), time }, { requiredKeys: ['value'] }),
  );
}

/** Params of a post to that model: entries, since `__proto__` is a name among others. */
export function postTo(model: ThingModel): fc.Arbitrary<[string, unknown][]> {
  const known = model.properties.map(({ identifier, dataType: type }) =>
    fc.tuple(fc.constant(identifier), sent(type)),
  );
  const unknown = fc.tuple(fc.constantFrom(...PROPERTIES, 'Q'), anyValue);
  return fc.uniqueArray(fc.oneof(...known, ...known, unknown), {
    minLength: 1,
    maxLength: 6,
    selector: ([identifier]) => identifier,
  });
}
