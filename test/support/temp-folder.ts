import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of its own for the running test, gone after it. */
export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};
