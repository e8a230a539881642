import { RESET_VERSION } from './apply-change.ts';

/**
 * A number, or its digits as text. Undefined for what can be no version: versions are whole, and go up
 * to 2^53 - 1, since milliseconds are what clients count in.
 */
export function readVersion(value: unknown): number | undefined {
  const version = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  return Number.isSafeInteger(version) && Number(version) >= RESET_VERSION
    ? Number(version)
    : undefined;
}

const DIGITS = /^(?:-1|\d{1,16})$/;
