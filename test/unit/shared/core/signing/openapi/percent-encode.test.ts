import { expect, test } from 'vitest';
import { percentEncode } from '../../../../../../shared/core/signing/openapi/percent-encode.ts';

const TEXTS = [
  ['', ''],
  ['AZaz09-_.~', 'AZaz09-_.~'],
  [' +/=&?%', '%20%2B%2F%3D%26%3F%25'],
  ["!'()*", '%21%27%28%29%2A'],
  ['水', '%E6%B0%B4'],
  ['😀', '%F0%9F%98%80'],
  ['\ud83d', '%EF%BF%BD'],
  ['a\ude00b', 'a%EF%BF%BDb'],
] as const;

for (const [text, encoded] of TEXTS) {
  test(`${JSON.stringify(text)} is written ${encoded}`, () => {
    expect(percentEncode(text)).toBe(encoded);
  });
}
