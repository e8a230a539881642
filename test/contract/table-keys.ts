import { expect, test } from 'vitest';
import { type OpenTable, RECORD } from './table-fixture.ts';

export function describeKeys(openTable: OpenTable): void {
  const longest = 'x'.repeat(512);

  test.each([
    { what: 'no sort key', accepted: { partition: 'p' } },
    { what: 'an empty partition', accepted: { partition: '', sort: 's' } },
    { what: 'control characters', accepted: { partition: '\u0001', sort: '\u0004\u001b' } },
    {
      what: 'other scripts',
      accepted: { partition: '产品'.repeat(40), sort: '设备😀'.repeat(40) },
    },
    { what: 'the longest parts', accepted: { partition: longest, sort: longest } },
    {
      what: 'the longest parts of other scripts',
      accepted: { partition: '中'.repeat(170), sort: '中'.repeat(170) },
    },
  ])('takes keys with $what', async ({ accepted }) => {
    const table = await openTable();
    expect(await table.insert(accepted, RECORD)).toBe(true);
    expect((await table.read(accepted))?.value).toEqual(RECORD);
    const { records } = await table.list(accepted.partition, { limit: 10 });
    expect(records.map(({ sort }) => sort)).toEqual([accepted.sort ?? '']);
  });

  test('reads an absent sort key and an empty one as the same', async () => {
    const table = await openTable();
    await table.insert({ partition: 'p' }, RECORD);
    expect((await table.read({ partition: 'p', sort: '' }))?.value).toEqual(RECORD);
  });

  const tooLong = 'a part of a key must not be longer than 512 bytes';
  test.each([
    { refused: { partition: `${longest}x` }, message: tooLong },
    { refused: { partition: 'p', sort: '中'.repeat(171) }, message: tooLong },
    { refused: { partition: 'p\u0000q' }, message: 'a key must not contain U+0000' },
    { refused: { partition: 'p', sort: '\u0000' }, message: 'a key must not contain U+0000' },
  ])('rejects a key that the port does not allow ($message)', async ({ refused, message }) => {
    const table = await openTable();
    await expect(table.insert(refused, RECORD)).rejects.toThrow(new RangeError(message));
    await expect(table.read(refused)).rejects.toThrow(new RangeError(message));
  });
}
