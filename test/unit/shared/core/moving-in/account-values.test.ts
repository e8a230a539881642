import { expect, test } from 'vitest';
import { mergeValues, readValues } from '../../../../../shared/core/moving-in/account-values.ts';

const shown = (Identifier: string, DataType: string, Value: string) => ({
  Identifier,
  DataType,
  Value,
  Time: '100',
});

test('values come back from text by their data type', () => {
  const read = readValues([
    shown('int', 'int', '4'),
    shown('float', 'float', '4.5'),
    shown('bool', 'bool', '1'),
    shown('enum', 'enum', '-1'),
    shown('text', 'text', '4'),
    shown('date', 'date', '1700000000000'),
    shown('struct', 'struct', '{"lat":1.5}'),
    shown('array', 'array', '[1,2]'),
    shown('odd', 'int', 'not a number'),
  ]);
  expect(Object.fromEntries(read.map(({ identifier, value }) => [identifier, value]))).toEqual({
    int: 4,
    float: 4.5,
    bool: 1,
    enum: -1,
    text: '4',
    date: '1700000000000',
    struct: { lat: 1.5 },
    array: [1, 2],
    odd: 'not a number',
  });
});

test('properties that were never told are left out', () => {
  expect(readValues([{ Identifier: 'level', DataType: 'int' }])).toEqual([]);
  expect(readValues([{ ...shown('level', 'int', '4'), Time: '' }])).toEqual([]);
});

test('identifiers of a module carry its name, whether the account says it or not', () => {
  const entries = [shown('level', 'int', '4'), shown('Battery:charge', 'int', '5')];
  expect(readValues(entries, 'Battery').map(({ identifier }) => identifier)).toEqual([
    'Battery:level',
    'Battery:charge',
  ]);
});

test('a value of a clock that runs ahead is moved once and gives way to what is told here', () => {
  const ahead = [{ identifier: 'level', value: 4, time: 5000 }];
  const first = mergeValues(undefined, ahead, 1000);
  expect(first?.properties['level']).toMatchObject({ value: 4, time: 5000, arrivedAtMs: 1000 });
  expect(mergeValues(first, ahead, 2000)).toBe(first);
});

test('values that were moved say nothing of when the device was heard here', () => {
  const values = [{ identifier: 'level', value: 4, time: 900 }];
  expect(mergeValues(undefined, values, 1000)?.lastMessageAtMs).toBe(0);
  const heard = { properties: {}, lastMessageAtMs: 500 };
  expect(mergeValues(heard, values, 1000)?.lastMessageAtMs).toBe(500);
});

test('a property may be called as what objects have of themselves', () => {
  const named = [{ identifier: '__proto__', value: 4, time: 5 }];
  const merged = mergeValues(undefined, named, 1000);
  expect(Object.keys(merged?.properties ?? {})).toEqual(['__proto__']);
});
