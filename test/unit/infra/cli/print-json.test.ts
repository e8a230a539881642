import { expect, test } from 'vitest';
import { printJson } from '../../../../infra/cli/print-json.ts';

const VALUES: readonly unknown[] = [
  null,
  true,
  1.5,
  'a "quoted" \n text',
  [],
  {},
  [1, [2, {}]],
  { a: { b: [], c: [{ d: null }] }, e: '温度' },
];

for (const value of VALUES) {
  test(`prints ${JSON.stringify(value)} as JSON.stringify does`, () => {
    expect(printJson(value)).toBe(JSON.stringify(value, null, 2));
  });
}

test('keeps every digit of what json-bigint could not make a number of', () => {
  const bigNumber = { _isBigNumber: true, toFixed: () => '911824743705107904' };
  expect(printJson({ MessageId: bigNumber })).toBe('{\n  "MessageId": 911824743705107904\n}');
});
