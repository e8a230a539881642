import { describe, expect, test } from 'vitest';
import { checkThingModel } from '../../../../../shared/core/tsl/check-thing-model.ts';
import { parameters, thermostat } from '../../../../support/thing-models.ts';

const hum = { identifier: 'Hum', name: 'humidity', accessMode: 'r' };

const withDataType = (dataType: unknown) => ({ ...thermostat, properties: [{ ...hum, dataType }] });
const labels = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [String(index), 'x']));

describe('data types of a document', () => {
  const accepted = [
    ['an int without bounds', { type: 'int', specs: {} }],
    ['the bounds of a Java double', { type: 'double', specs: { min: '-1.7976931348623157E308' } }],
    ['bounds in every form of a number', { type: 'double', specs: { min: '+.5', max: '2.e+3' } }],
    ['an enum with negative keys', { type: 'enum', specs: { '-1': 'a', '0': 'b' } }],
    ['text of 10240 characters', { type: 'text', specs: { length: 10_240 } }],
    ['an array of 512', { type: 'array', specs: { size: '512', item: { type: 'text' } } }],
    ['an enum of 100', { type: 'enum', specs: labels(100) }],
    ['a struct of 50', { type: 'struct', specs: parameters(50) }],
    [
      'an array of structs',
      { type: 'array', specs: { size: 2, item: { type: 'struct', specs: parameters(1) } } },
    ],
  ] as const;
  for (const [what, dataType] of accepted) {
    test(`takes ${what}`, () => {
      expect(checkThingModel(withDataType(dataType)).ok).toBe(true);
    });
  }

  const types = 'int, float, double, text, date, bool, enum';
  const at = 'properties[0].dataType';
  const refusedTypes = [
    [undefined, "properties[0]: must have required property 'dataType'"],
    [{ specs: {} }, `${at}: must have required property 'type'`],
    [{ type: 'long', specs: {} }, `${at}.type: is none of the nine data types`],
    [{ type: 1, specs: {} }, `${at}.type: is none of the nine data types`],
    [{ type: 'int' }, `${at}: must have required property 'specs'`],
    [{ type: 'int', specs: { min: true } }, `${at}.specs.min: must be string,number`],
    [{ type: 'int', specs: { min: '1.5' } }, `${at}.specs.min: "1.5" is not an integer of 32 bits`],
    [
      { type: 'int', specs: { max: '2147483648' } },
      `${at}.specs.max: "2147483648" is not an integer of 32 bits`,
    ],
    [{ type: 'int', specs: { min: '2', max: '1' } }, `${at}.specs.max: 1 is less than min, 2`],
    [{ type: 'int', specs: { step: '0' } }, `${at}.specs.step: 0 is not positive`],
    [{ type: 'float', specs: { max: 'high' } }, `${at}.specs.max: "high" is not a number`],
    [{ type: 'float', specs: { max: '0x10' } }, `${at}.specs.max: "0x10" is not a number`],
    [{ type: 'double', specs: { max: '1e999' } }, `${at}.specs.max: "1e999" is not a number`],
    [{ type: 'double', specs: { max: '.' } }, `${at}.specs.max: "." is not a number`],
    [{ type: 'text', specs: {} }, `${at}.specs: must have required property 'length'`],
    [
      { type: 'text', specs: { length: '10241' } },
      `${at}.specs.length: "10241" is not an integer from 1 to 10240`,
    ],
    [
      { type: 'text', specs: { length: '0' } },
      `${at}.specs.length: "0" is not an integer from 1 to 10240`,
    ],
    [{ type: 'bool', specs: { '0': 'off' } }, `${at}.specs: must have required property '1'`],
    [
      { type: 'bool', specs: { '0': 'off', '1': 'on', '2': 'both' } },
      `${at}.specs: must NOT have additional properties`,
    ],
    [{ type: 'enum', specs: {} }, `${at}.specs: must NOT have fewer than 1 properties`],
    [{ type: 'enum', specs: labels(101) }, `${at}.specs: must NOT have more than 100 properties`],
    [
      { type: 'enum', specs: { low: 'low' } },
      `${at}.specs: the key "low" is not an integer of 32 bits`,
    ],
    [
      { type: 'enum', specs: { '01': 'low' } },
      `${at}.specs: the key "01" is not an integer of 32 bits`,
    ],
    [{ type: 'struct', specs: [] }, `${at}.specs: must NOT have fewer than 1 items`],
    [{ type: 'struct', specs: parameters(51) }, `${at}.specs: must NOT have more than 50 items`],
    [
      { type: 'struct', specs: [...parameters(2), ...parameters(1)] },
      `${at}.specs[2].identifier: p0 is there twice`,
    ],
    [
      { type: 'struct', specs: [{ ...hum, dataType: { type: 'struct', specs: parameters(1) } }] },
      `${at}.specs[0].dataType.type: must be equal to one of the allowed values (${types})`,
    ],
    [
      { type: 'array', specs: { size: '513', item: { type: 'int' } } },
      `${at}.specs.size: "513" is not an integer from 1 to 512`,
    ],
    [
      { type: 'array', specs: { size: '1', item: { type: 'bool' } } },
      `${at}.specs.item.type: must be equal to one of the allowed values (int, float, double, text, struct)`,
    ],
    [
      { type: 'array', specs: { size: '1', item: { type: 'struct' } } },
      `${at}.specs.item: must have required property 'specs'`,
    ],
    [
      {
        type: 'array',
        specs: {
          size: '1',
          item: {
            type: 'struct',
            specs: [{ ...hum, dataType: { type: 'text', specs: { length: '' } } }],
          },
        },
      },
      `${at}.specs.item.specs[0].dataType.specs.length: "" is not an integer from 1 to 10240`,
    ],
  ] as const;
  for (const [dataType, reason] of refusedTypes) {
    test(`refuses a property: ${reason}`, () => {
      expect(checkThingModel(withDataType(dataType))).toEqual(invalid(reason));
    });
  }
});

test('a bound as long as a document may be is refused at once', () => {
  const specs = { max: `${'1'.repeat(200_000)}x` };
  const startedMs = performance.now();
  expect(checkThingModel(withDataType({ type: 'double', specs })).ok).toBe(false);
  expect(performance.now() - startedMs).toBeLessThan(1000);
});

function invalid(reason: string) {
  return { ok: false, failure: { kind: 'invalid-thing-model', reason } };
}
