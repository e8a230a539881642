import { describe, expect, test } from 'vitest';
import { compileThingModel } from '../../../../../shared/core/tsl/compile-thing-model.ts';
import { parameter, thermostat } from '../../../../support/thing-models.ts';

const nowMs = 1_700_000_000_000;
const model = compileThingModel([thermostat]);

describe('checkEvent', () => {
  const overheat = (params: unknown) => model.checkEvent('Overheat', params, nowMs);
  const named = { name: 'overheat', type: 'alert' };

  const good = [
    [
      'wrapped outputs',
      { value: { level: 2, reason: 'hot' }, time: 12 },
      { level: 2, reason: 'hot' },
      12,
    ],
    ['wrapped outputs without a time', { value: { level: 2 } }, { level: 2 }, nowMs],
    ['bare outputs', { level: 2, reason: 'hot' }, { level: 2, reason: 'hot' }, nowMs],
    ['no outputs', {}, {}, nowMs],
  ] as const;
  for (const [what, params, value, time] of good) {
    test(`takes ${what}`, () => {
      expect(overheat(params)).toEqual({ ok: true, value: { ...named, value, time, failed: {} } });
    });
  }

  test('keeps good outputs and lists the others', () => {
    expect(overheat({ value: { level: 3, reason: 'hot', foo: 1 }, time: 12 })).toEqual({
      ok: true,
      value: {
        ...named,
        value: { reason: 'hot' },
        time: 12,
        failed: {
          level: {
            value: 3,
            time: 12,
            code: 6309,
            message: 'tsl parse: enum specs error -> level',
          },
          foo: { value: 1, time: 12, code: 6304, message: 'tsl parse: params not exist -> foo' },
        },
        firstFailure: { code: 6309, message: 'tsl parse: enum specs error -> level' },
      },
    });
  });

  test('lists a malformed time and takes the present one', () => {
    expect(overheat({ value: { level: 1 }, time: 'noon' })).toMatchObject({
      value: {
        value: { level: 1 },
        time: nowMs,
        failed: {
          time: {
            value: 'noon',
            time: nowMs,
            code: 6326,
            message: 'tsl parse: time format error -> time',
          },
        },
      },
    });
  });

  test('fails an event that the model does not have whole, with 6300', () => {
    const failure = { code: 6300, message: 'tsl parse: method not exist -> Flood' };
    expect(model.checkEvent('Flood', { value: { depth: 2 }, time: 5 }, nowMs)).toEqual({
      ok: true,
      value: {
        name: 'Flood',
        type: 'info',
        value: {},
        time: 5,
        failed: { Flood: { value: { depth: 2 }, time: 5, ...failure } },
        firstFailure: failure,
      },
    });
  });

  test('refuses params that are no object with 6301', () => {
    expect(overheat([{ level: 1 }])).toMatchObject({ failure: { code: 6301 } });
  });

  test('refuses 501 outputs with 6106', () => {
    expect(overheat({ value: numbered(501) })).toMatchObject({ failure: { code: 6106 } });
  });

  test('tells a struct output called value from a wrapper', () => {
    const specs = [parameter('x', { type: 'int', specs: {} })];
    const [first] = thermostat.events;
    if (first === undefined) throw new Error('the thermostat has an event');
    const outputData = [parameter('value', { type: 'struct', specs })];
    const event = { ...first, outputData };
    const odd = compileThingModel([{ ...thermostat, events: [event] }]);
    const outputs = { value: { x: 1 } };
    const taken = { value: { value: { value: { x: 1 } }, failed: {} } };
    expect(odd.checkEvent('Overheat', outputs, nowMs)).toMatchObject(taken);
    expect(odd.checkEvent('Overheat', { value: outputs }, nowMs)).toMatchObject(taken);
  });
});

describe('without validation', () => {
  test('takes any property, bare or wrapped, whatever its value and time', () => {
    const params = {
      Hum: 'x',
      Foo: { value: [1], time: 5 },
      Bar: { a: 1 },
      Baz: { value: 1, time: 'x' },
    };
    expect(model.takeProperties(params, nowMs)).toEqual({
      ok: true,
      value: {
        items: {
          Hum: { value: 'x', time: nowMs },
          Foo: { value: [1], time: 5 },
          Bar: { value: { a: 1 }, time: nowMs },
          Baz: { value: 1, time: nowMs },
        },
        failed: {},
      },
    });
  });

  test('still refuses params that are no properties', () => {
    expect(model.takeProperties([1], nowMs)).toMatchObject({ failure: { code: 6301 } });
    expect(model.takeProperties({}, nowMs)).toMatchObject({ failure: { code: 460 } });
  });

  test('takes any outputs of a known event under its name and type', () => {
    expect(model.takeEvent('Overheat', { value: { level: 'x' }, time: 'x' }, nowMs)).toEqual({
      ok: true,
      value: { name: 'overheat', type: 'alert', value: { level: 'x' }, time: nowMs, failed: {} },
    });
  });

  test('takes an unknown event under its identifier', () => {
    expect(model.takeEvent('Flood', { depth: 2 }, nowMs)).toEqual({
      ok: true,
      value: { name: 'Flood', type: 'info', value: { depth: 2 }, time: nowMs, failed: {} },
    });
  });
});

function numbered(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, index]));
}
