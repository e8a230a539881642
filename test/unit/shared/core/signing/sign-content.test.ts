import { expect, test } from 'vitest';
import { identityContent, signContent } from '../../../../../shared/core/signing/sign-content.ts';

const IDENTITY = { clientId: 'c01', deviceName: 'dev_001', productKey: 'a1TestProd01' };

test('fields are sorted by name in ASCII order and written without separators', () => {
  expect(signContent({ b: '2', a: '1', Z: '0', a_: '4', aB: '3' })).toBe('Z0a1aB3a_4b2');
});

test('fields of no value take part by their name', () => {
  expect(signContent({ b: '', a: '1' })).toBe('a1b');
});

test('no fields give no content', () => {
  expect(signContent({})).toBe('');
});

test('excepted fields are left out', () => {
  expect(signContent({ sign: 'x', a: '1' }, new Set(['sign']))).toBe('a1');
});

const IDENTITIES = [
  IDENTITY,
  { ...IDENTITY, timestamp: '1700000000000' },
  { ...IDENTITY, regionId: 'cn-shanghai' },
  { ...IDENTITY, timestamp: '1700000000000', regionId: 'cn-shanghai' },
  { ...IDENTITY, timestamp: '' },
];

for (const identity of IDENTITIES) {
  test(`the identity ${Object.keys(identity)} is written as a sort would write it`, () => {
    expect(identityContent(identity)).toBe(signContent(identity));
  });
}

test('an identity with timestamp is written as documented', () => {
  expect(identityContent({ ...IDENTITY, timestamp: '1700000000000' })).toBe(
    'clientIdc01deviceNamedev_001productKeya1TestProd01timestamp1700000000000',
  );
});
