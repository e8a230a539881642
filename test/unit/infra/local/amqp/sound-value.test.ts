import fc from 'fast-check';
import rhea from 'rhea';
import { describe, expect, test } from 'vitest';
import { isSoundValue } from '../../../../../infra/local/amqp/sound-value.ts';

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.integer(),
    // rhea cannot write larger ones that are whole.
    fc.double({ min: -1e15, max: 1e15 }),
    fc.boolean(),
    fc.constant(null),
    fc.string({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
  ),
}));

/** Behind a header and properties without fields, of four bytes each. */
const encode = (body: unknown): Buffer => rhea.message.encode({ body }).subarray(8);

describe('isSoundValue', () => {
  test('takes what rhea writes, and nothing of it that is cut off', () => {
    fc.assert(
      fc.property(value, fc.nat(), (given, at) => {
        const bytes = encode(given);
        expect(isSoundValue(bytes, 0)).toBe(true);
        expect(isSoundValue(bytes.subarray(0, at % bytes.length), 0)).toBe(false);
      }),
    );
  });

  test('comes to an end with whatever it is given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 100 }), (bytes, from) => {
        expect([true, false]).toContain(isSoundValue(Buffer.from(bytes), from));
      }),
    );
  });

  test.each([
    ['a list of none', '45', true],
    ['a list of two', 'c00202' + '4344', false],
    ['a list of two of the right size', 'c00302' + '4344', true],
    ['a described list', '005310' + '45', true],
    ['a described value with two descriptors', '0053100053' + '1145', true],
    ['an array of two symbols', 'e00602a3' + '0161' + '0162', true],
    ['an array of described values', 'e00502' + '005310' + '50' + '0102', false],
    ['an array of two described values', 'e00702' + '005310' + '50' + '0102', true],
    ['an array of no nulls', 'e0020040', true],
    ['an array of a null', 'e0020140', false],
    ['an array of four billion nulls', 'f000000005' + 'ffffffff' + '40', false],
    ['a list of four billion', 'd000000004' + 'ffffffff', false],
    ['a list of one that has room for more', 'c0040143' + '4343', false],
    ['a list that is longer than what there is', 'c0ff0143', false],
    ['a list whose item goes beyond it', 'c00301' + 'a1026162', false],
    ['a string that is longer than what there is', 'a10561', false],
    ['a format code that there is not', '30', false],
    ['nothing', '', false],
  ])('%s', (_, hex, isSound) => {
    expect(isSoundValue(Buffer.from(hex, 'hex'), 0)).toBe(isSound);
  });

  test.each([
    ['lists in lists', 'd0000000ff00000001'],
    ['arrays in arrays', 'f0000000ff00000001'],
    ['descriptors of descriptors', '00'],
    ['lists that claim 30 million items each', 'd0000fffff01d00000'],
  ])('%s without end are none', (_, hex) => {
    expect(isSoundValue(Buffer.from(hex.repeat(7000), 'hex'), 0)).toBe(false);
  });
});
