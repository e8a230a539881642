import { randomBytes } from 'node:crypto';
import type { Version } from '../../ports/table.ts';
import type { Item } from './dynamodb-layout.ts';

export const VERSION = 'version';
/** Decides whether a record is there, to the millisecond. */
export const EXPIRES_AT_MS = 'expiresAtMs';
/** By this one DynamoDB deletes, up to days later. */
export const EXPIRES_AT_SECONDS = 'expiresAtSeconds';

/** Of rows that another program has written: a version that none of ours has. */
export const NO_VERSION = 0;

/** 52 random bits, so that a record which was removed and inserted again has another version than before. */
export function newVersion(): Version {
  const bytes = randomBytes(7);
  return (bytes.readUIntBE(0, 6) + 1) * 16 + (bytes.readUInt8(6) % 16);
}

export function versionOf(item: Item): Version {
  return Number(item[VERSION]?.N ?? NO_VERSION);
}

export function isExpired(item: Item, nowMs: number): boolean {
  const expiresAtMs = item[EXPIRES_AT_MS]?.N;
  return expiresAtMs !== undefined && Number(expiresAtMs) <= nowMs;
}

/** The attributes of a write that are not the record's own. */
export function stamps(version: Version, expiresAtMs: number | undefined): Item {
  if (expiresAtMs === undefined) return { [VERSION]: { N: String(version) } };
  return {
    [VERSION]: { N: String(version) },
    [EXPIRES_AT_MS]: { N: String(expiresAtMs) },
    [EXPIRES_AT_SECONDS]: { N: String(Math.ceil(expiresAtMs / 1_000)) },
  };
}
