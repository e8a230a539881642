import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkpoint } from '../../../shared/core/moving-in/moving.ts';
import type { DevicePosition } from '../../../shared/ports/account.ts';

type Position = DevicePosition | 'done';
type Positions = Record<string, Position>;

/** In the data folder. Holds no secret; without it an interrupted run begins anew and does the same. */
const FILE = 'import-aliyun.json';

export type FileCheckpoint = Checkpoint & {
  /** Of a run that came to its end: the next one compares everything. */
  finish(): void;
};

/** `job` tells one account, choice and store from another: the file of any other is not gone on with. */
export function openCheckpoint(dataDir: string, job: string): FileCheckpoint {
  const path = join(dataDir, FILE);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const wasInterrupted = existsSync(path);
  const positions = wasInterrupted ? readPositions(path, job) : {};
  write(path, { job, positions });
  return {
    wasInterrupted,
    positionOf: (productKey) => positions[productKey],
    save: async (productKey, position) => {
      positions[productKey] = position;
      write(path, { job, positions });
    },
    finish: () => rmSync(path, { force: true }),
  };
}

/** Of a dry run. */
export const NO_CHECKPOINT: FileCheckpoint = {
  wasInterrupted: false,
  positionOf: () => undefined,
  save: async () => undefined,
  finish: () => undefined,
};

/** Whole or not at all: a kill must not leave half a file. */
function write(path: string, content: { job: string; positions: Positions }): void {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  renameSync(unfinished, path);
}

/** Empty for a file that is another job's, or not one of ours. */
function readPositions(path: string, job: string): Positions {
  const content = parse(readFileSync(path, 'utf8'));
  const listed = memberOf(content, 'positions');
  if (memberOf(content, 'job') !== job || typeof listed !== 'object' || listed === null) return {};
  const entries = Object.entries(listed).flatMap(([productKey, value]) => {
    const position = positionIn(value);
    return position === undefined ? [] : [[productKey, position] as const];
  });
  return Object.fromEntries(entries);
}

function positionIn(value: unknown): Position | undefined {
  if (value === 'done') return value;
  const page = memberOf(value, 'page');
  const nextToken = memberOf(value, 'nextToken');
  return typeof page === 'number' && typeof nextToken === 'string'
    ? { page, nextToken }
    : undefined;
}

function memberOf(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
