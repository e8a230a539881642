import type { AccountEntry } from '../../ports/account.ts';

type Path = readonly string[];

/** Undefined where one of the names on the way is not there. */
export function valueAt(holder: unknown, path: Path): unknown {
  return path.reduce((value, name) => (isEntry(value) ? value[name] : undefined), holder);
}

/** Of anything else an empty one; so with all that follow. */
export function entryAt(holder: unknown, path: Path): AccountEntry {
  const value = valueAt(holder, path);
  return isEntry(value) ? value : {};
}

export function entriesAt(holder: unknown, path: Path): readonly AccountEntry[] {
  const value = valueAt(holder, path);
  return Array.isArray(value) ? value.filter(isEntry) : [];
}

export function textAt(holder: unknown, path: Path): string {
  const value = valueAt(holder, path);
  return typeof value === 'string' ? value : '';
}

export function numberAt(holder: unknown, path: Path): number {
  const number = Number(valueAt(holder, path));
  return Number.isFinite(number) ? number : 0;
}

function isEntry(value: unknown): value is AccountEntry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
