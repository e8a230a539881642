import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { decodeJson, readJsonObject } from '../../../../../shared/core/alink/decode-json.ts';

test('an object is read from text, from a buffer, and from a part of bytes', () => {
  const text = '{"温度":21}';
  expect(readJsonObject(text)).toEqual({ 温度: 21 });
  expect(readJsonObject(Buffer.from(text))).toEqual({ 温度: 21 });
  const whole = new TextEncoder().encode(`xx${text}x`);
  expect(readJsonObject(whole.subarray(2, -1))).toEqual({ 温度: 21 });
});

test.each(['', 'x', '[]', 'null', '"{}"', '{} {}'])('%j is no object', (text) => {
  expect(readJsonObject(text)).toBeUndefined();
});

test('bytes that are not UTF-8 are not JSON', () => {
  const bytes = Buffer.from([0x22, 0xff, 0x22]);
  expect(decodeJson(bytes)).toBeUndefined();
  expect(decodeJson(Buffer.from('"a"'))).toBe('a');
});
