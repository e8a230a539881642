import { isJsonObject, type JsonObject } from '../../shared/core/alink/json-object.ts';
import type { Decode } from './parameters.ts';

export const anyText: Decode<string> = (text) => ({ value: text });

/** Text of at most so many characters. */
export function shortText(mostCharacters: number): Decode<string> {
  return (text) =>
    [...text].length <= mostCharacters
      ? { value: text }
      : { reason: `at most ${mostCharacters} characters` };
}

/** What becomes part of a storage key: keys and names of the platform are shorter and plainer. */
export const keyText: Decode<string> = (text) =>
  /^[!-~]{1,128}$/.test(text)
    ? { value: text }
    : { reason: 'at most 128 visible ASCII characters' };

/** A secret that is given instead of drawn: what lists of devices may hold too. */
export const secretText: Decode<string> = (text) =>
  /^[!-~]{1,64}$/.test(text) ? { value: text } : { reason: 'at most 64 visible ASCII characters' };

/** In either alphabet, with or without padding; white space does not count. */
export const base64: Decode<Buffer> = (text) => {
  const digits = text.replace(/\s/g, '');
  return /^[\w+/-]*={0,2}$/.test(digits) && digits.replaceAll('=', '').length % 4 !== 1
    ? { value: Buffer.from(digits, 'base64') }
    : { reason: 'base64' };
};

export function integer(least: number, most: number): Decode<number> {
  return (text) => {
    const value = Number(text);
    if (INTEGER.test(text) && value >= least && value <= most) return { value };
    return { reason: `an integer from ${least} to ${most}`, isOtherType: !INTEGER.test(text) };
  };
}

const INTEGER = /^-?\d{1,15}$/;

/** Booleans come as text, from some clients capitalised. */
export const bool: Decode<boolean> = (text) => {
  const value = text.toLowerCase();
  return value === 'true' || value === 'false'
    ? { value: value === 'true' }
    : { reason: 'true or false', isOtherType: true };
};

/** One of the listed words, as it stands. */
export function word<Word extends string>(...words: readonly Word[]): Decode<Word> {
  return (text) => {
    const value = words.find((known) => known === text);
    return value === undefined ? { reason: `one of ${words.join(', ')}` } : { value };
  };
}

/** One of the listed texts, as the value that stands for it. */
export function oneOf<T>(values: Readonly<Record<string, T>>): Decode<T> {
  const known = new Map(Object.entries(values));
  const areNumbers = [...known.keys()].every((key) => INTEGER.test(key));
  return (text) => {
    const value = known.get(text);
    if (value !== undefined) return { value };
    const isOtherType = areNumbers && !INTEGER.test(text);
    return { reason: `one of ${[...known.keys()].join(', ')}`, isOtherType };
  };
}

/** JSON text of an object. */
export const jsonObject: Decode<JsonObject> = (text) => {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? { value } : NO_OBJECT;
  } catch {
    return NO_OBJECT;
  }
};

const NO_OBJECT = { reason: 'not a JSON object' };
