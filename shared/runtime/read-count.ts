import { type Reading, textOf } from './environment.ts';

/** Whole numbers that a variable may have; `what` is the word for them in the error. */
export type Count = { what: string; from: number; to: number; fallback: number };

export function readCount(
  name: string,
  { what, from, to, fallback }: Count,
  reading: Reading,
): number {
  const text = textOf(reading.env, name);
  if (text === undefined) return fallback;
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= from && count <= to) return count;
  reading.problems.push(
    `${name} is "${text}", not a ${what} from ${from} to ${to}; example: ${name}=${fallback}`,
  );
  return fallback;
}
