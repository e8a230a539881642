import { describe, expect, test } from 'vitest';
import { compileThingModel } from '../../../../../shared/core/tsl/compile-thing-model.ts';
import type { ThingModel } from '../../../../../shared/model/tsl.ts';
import { parameter, property, thermostat } from '../../../../support/thing-models.ts';

const nowMs = 1_700_000_000_000;
const model = compileThingModel([thermostat]);
const check = (params: unknown) => model.checkProperties(params, nowMs);

describe('checkProperties', () => {
  const goodValues = [
    ['Temp', -40],
    ['Temp', 125],
    ['Temp', 20.55],
    ['Hum', 0],
    ['Hum', 100],
    ['Energy', 1e300],
    ['Label', ''],
    ['Label', 'abcd'],
    ['Label', '😀😀😀😀'],
    ['Installed', '1700000000000'],
    ['Installed', 1_700_000_000_000],
    ['Switch', 0],
    ['Switch', 1],
    ['Mode', -1],
    ['Place', { lat: 1.5, lon: 2 }],
    ['Samples', []],
    ['Samples', [1, 2, 3]],
  ] as const;
  for (const [identifier, value] of goodValues) {
    test(`takes ${identifier} of ${JSON.stringify(value)}, bare and wrapped`, () => {
      const bare = { items: { [identifier]: { value, time: nowMs } }, failed: {} };
      expect(check({ [identifier]: value })).toEqual({ ok: true, value: bare });
      const wrapped = { items: { [identifier]: { value, time: 12 } }, failed: {} };
      expect(check({ [identifier]: { value, time: 12 } })).toEqual({ ok: true, value: wrapped });
    });
  }

  const badValues = [
    ['Foo', 3, 6304, 'tsl parse: params not exist -> Foo'],
    ['toString', 3, 6304, 'tsl parse: params not exist -> toString'],
    ['Hum', -1, 6306, 'tsl parse: int specs error -> Hum'],
    ['Hum', 101, 6306, 'tsl parse: int specs error -> Hum'],
    ['Hum', 1.5, 6306, 'tsl parse: int specs error -> Hum'],
    ['Hum', '1', 6306, 'tsl parse: int specs error -> Hum'],
    ['Hum', null, 6306, 'tsl parse: int specs error -> Hum'],
    ['Hum', { other: 1 }, 6306, 'tsl parse: int specs error -> Hum'],
    ['Temp', 125.1, 6307, 'tsl parse: float specs error -> Temp'],
    ['Temp', '20', 6307, 'tsl parse: float specs error -> Temp'],
    ['Switch', 2, 6308, 'tsl parse: bool specs error -> Switch'],
    ['Switch', true, 6308, 'tsl parse: bool specs error -> Switch'],
    ['Mode', 3, 6309, 'tsl parse: enum specs error -> Mode'],
    ['Mode', '1', 6309, 'tsl parse: enum specs error -> Mode'],
    ['Label', 'abcde', 6310, 'tsl parse: string specs error -> Label'],
    ['Label', '😀😀😀😀😀', 6310, 'tsl parse: string specs error -> Label'],
    ['Label', 1, 6310, 'tsl parse: string specs error -> Label'],
    ['Installed', '2023-11-14', 6311, 'tsl parse: date specs error -> Installed'],
    ['Installed', '', 6311, 'tsl parse: date specs error -> Installed'],
    ['Installed', '17000000000000', 6311, 'tsl parse: date specs error -> Installed'],
    ['Installed', -1, 6311, 'tsl parse: date specs error -> Installed'],
    ['Place', 1, 6312, 'tsl parse: struct specs error -> Place'],
    ['Place', [], 6312, 'tsl parse: struct specs error -> Place'],
    ['Place', { lat: 1 }, 6312, 'tsl parse: struct specs error -> Place'],
    ['Place', { lat: 1, lon: 2, alt: 3 }, 6304, 'tsl parse: params not exist -> Place.alt'],
    ['Place', { lat: 1, lon: 'x' }, 6322, 'tsl parse: double specs error -> Place.lon'],
    ['Energy', -1, 6322, 'tsl parse: double specs error -> Energy'],
    ['Samples', [1, 2, 3, 4], 6324, 'tsl parse: array specs error -> Samples'],
    ['Samples', [1, 'x'], 6324, 'tsl parse: array specs error -> Samples[1]'],
    ['Samples', 1, 6328, 'tsl parse: params is not an array -> Samples'],
  ] as const;
  for (const [identifier, value, code, message] of badValues) {
    test(`lists ${identifier} of ${JSON.stringify(value)} as failed with ${code}`, () => {
      expect(check({ [identifier]: { value, time: 12 } })).toEqual({
        ok: true,
        value: {
          items: {},
          failed: { [identifier]: { value, time: 12, code, message } },
          firstFailure: { code, message },
        },
      });
    });
  }

  test('records what is good and lists what is not', () => {
    expect(
      check({ Temp: 21.5, Hum: 400, Foo: { value: 3, time: 5 }, Switch: { value: 1 } }),
    ).toEqual({
      ok: true,
      value: {
        items: { Temp: { value: 21.5, time: nowMs }, Switch: { value: 1, time: nowMs } },
        failed: {
          Hum: {
            value: 400,
            time: nowMs,
            code: 6306,
            message: 'tsl parse: int specs error -> Hum',
          },
          Foo: { value: 3, time: 5, code: 6304, message: 'tsl parse: params not exist -> Foo' },
        },
        firstFailure: { code: 6306, message: 'tsl parse: int specs error -> Hum' },
      },
    });
  });

  const badTimes = ['1700000000000', null, -1, 1.5, 10 ** 13, {}];
  for (const time of badTimes) {
    test(`lists a property whose time is ${JSON.stringify(time)} as failed with 6326`, () => {
      expect(check({ Hum: { value: 7, time } })).toMatchObject({
        value: {
          items: {},
          failed: {
            Hum: {
              value: 7,
              time: nowMs,
              code: 6326,
              message: 'tsl parse: time format error -> Hum',
            },
          },
        },
      });
    });
  }

  test('keeps a number beyond double out', () => {
    expect(check(JSON.parse('{"Energy":1e999}'))).toMatchObject({
      value: { items: {}, failed: { Energy: { code: 6322 } } },
    });
  });

  const refusals = [
    ['an array', [], 6301, 'tsl parse: params format must be JSONObject/JSONArray'],
    ['null', null, 6301, 'tsl parse: params format must be JSONObject/JSONArray'],
    ['text', 'x', 6301, 'tsl parse: params format must be JSONObject/JSONArray'],
    ['an empty object', {}, 460, 'request parameter error'],
    ['501 properties', numbered(501), 6106, 'map size must less than 500'],
  ] as const;
  for (const [what, params, code, message] of refusals) {
    test(`refuses ${what} with ${code}`, () => {
      expect(check(params)).toEqual({
        ok: false,
        failure: { kind: 'tsl-violation', code, message },
      });
    });
  }

  test('takes 500 properties', () => {
    expect(check(numbered(500)).ok).toBe(true);
  });
});

describe('identifiers that objects have of themselves', () => {
  const odd = compileThingModel([
    {
      ...thermostat,
      properties: ['__proto__', 'constructor'].map((identifier) =>
        property(identifier, { type: 'int', specs: {} }),
      ),
    },
  ]);

  test('become items of their own', () => {
    const checked = odd.checkProperties(JSON.parse('{"__proto__":1,"constructor":2}'), nowMs);
    expect(JSON.stringify(checked)).toBe(
      `{"ok":true,"value":{"items":{"__proto__":{"value":1,"time":${nowMs}},"constructor":{"value":2,"time":${nowMs}}},"failed":{}}}`,
    );
  });

  test('are unknown to a model without them', () => {
    const checked = check(JSON.parse('{"__proto__":{"value":1,"time":2},"constructor":2}'));
    expect(JSON.stringify(checked)).toContain(
      '"failed":{"__proto__":{"value":1,"time":2,"code":6304',
    );
    expect(checked).toMatchObject({ value: { items: {} } });
    expect(Object.hasOwn(Object.prototype, 'value')).toBe(false);
  });
});

describe('a struct with a member called value', () => {
  const reading = compileThingModel([
    {
      ...thermostat,
      properties: [
        property('Reading', {
          type: 'struct',
          specs: [
            parameter('value', { type: 'int', specs: {} }),
            parameter('time', { type: 'int', specs: {} }),
          ],
        }),
      ],
    },
  ]);

  test('is taken bare where its value is no object', () => {
    expect(reading.checkProperties({ Reading: { value: 1, time: 2 } }, nowMs)).toMatchObject({
      value: { items: { Reading: { value: { value: 1, time: 2 }, time: nowMs } }, failed: {} },
    });
  });

  test('is taken out of its wrapper where its value is an object', () => {
    const sent = { value: { value: 1, time: 2 }, time: 3 };
    expect(reading.checkProperties({ Reading: sent }, nowMs)).toMatchObject({
      value: { items: { Reading: sent }, failed: {} },
    });
  });
});

test('members of another module go by its identifier', () => {
  const module: ThingModel = {
    ...thermostat,
    functionBlockId: 'mod1',
    properties: [property('Depth', { type: 'int', specs: {} })],
  };
  const both = compileThingModel([thermostat, module]);
  expect(
    both.checkProperties({ 'mod1:Depth': 1, Depth: 1, 'mod1:Hum': 1, Hum: 1 }, nowMs),
  ).toMatchObject({
    value: {
      items: { 'mod1:Depth': { value: 1 }, Hum: { value: 1 } },
      failed: { Depth: { code: 6304 }, 'mod1:Hum': { code: 6304 } },
    },
  });
  expect(both.checkEvent('mod1:Overheat', { level: 1 }, nowMs).ok).toBe(true);
});

test('a module called default is the default module', () => {
  const named = compileThingModel([{ ...thermostat, functionBlockId: 'default' }]);
  expect(named.checkProperties({ Hum: 1 }, nowMs)).toMatchObject({ value: { failed: {} } });
});

function numbered(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, index]));
}
