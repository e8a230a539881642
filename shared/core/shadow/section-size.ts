import { isJsonObject } from '../alink/json-object.ts';

/** Protocol.md 6.3. The levels of a section are counted from the section itself. */
export const MOST_ATTRIBUTES = 128;
const MOST_LEVELS = 5;
export const MOST_SHADOW_BYTES = 16 * 1024;

/** Values that are no object with members: an array counts as one, as it is replaced as one. */
export function countAttributes(value: unknown): number {
  if (!isJsonObject(value)) return 1;
  const members = Object.values(value);
  if (members.length === 0) return 1;
  return members.reduce((sum: number, member) => sum + countAttributes(member), 0);
}

/** Goes no deeper than the limit itself, however deep the value is. */
export function isWithinLevels(value: unknown, levels = MOST_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  return Object.values(value).every((member) => isWithinLevels(member, levels - 1));
}
