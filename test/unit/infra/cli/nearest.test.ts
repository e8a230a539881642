import { expect, test } from 'vitest';
import { nearest, suggestion } from '../../../../infra/cli/nearest.ts';

const NAMES = ['tail', 'sign', 'dead-letters', 'QueryDevice', 'QueryDeviceDetail'];

const CASES: readonly [name: string, meant: string | undefined][] = [
  ['tail', 'tail'],
  ['tial', 'tail'],
  ['dead-leters', 'dead-letters'],
  ['deadletters', 'dead-letters'],
  ['queryDevice', 'QueryDevice'],
  ['QueryDeviceDetails', 'QueryDeviceDetail'],
  ['publish', undefined],
];

for (const [name, meant] of CASES) {
  test(`"${name}" is nearest to ${meant ?? 'nothing'}`, () => {
    expect(nearest(name, NAMES)).toBe(meant);
  });
}

test('nothing is suggested where there is nothing to choose from', () => {
  expect(nearest('tail', [])).toBeUndefined();
  expect(suggestion('tail', [])).toBe('');
});
