import { expect, test } from 'vitest';
import { methodOfLength, parseSignMethod } from '../../../../../shared/core/signing/sign-method.ts';

const NAMES = [
  ['hmacmd5', 'hmacmd5'],
  ['HmacMD5', 'hmacmd5'],
  ['hmacsha1', 'hmacsha1'],
  ['hmacSha1', 'hmacsha1'],
  ['hmacsha256', 'hmacsha256'],
  ['HMACSHA256', 'hmacsha256'],
  [undefined, 'hmacmd5'],
  ['', undefined],
  ['sha1', undefined],
  ['hmacsha512', undefined],
  ['constructor', undefined],
] as const;

for (const [text, method] of NAMES) {
  test(`signmethod ${text} is read as ${method}`, () => {
    expect(parseSignMethod(text)).toBe(method);
  });
}

const LENGTHS = [
  [32, 'hmacmd5'],
  [40, 'hmacsha1'],
  [64, 'hmacsha256'],
  [0, undefined],
  [63, undefined],
] as const;

for (const [hexDigits, method] of LENGTHS) {
  test(`${hexDigits} hex digits are ${method}`, () => {
    expect(methodOfLength(hexDigits)).toBe(method);
  });
}
