import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import {
  checkpointPath,
  type ImportCheckpoint,
  readCheckpoint,
} from '../../../../../infra/cli/devices/import-checkpoint.ts';
import { importList } from '../../../../../infra/cli/devices/import-list.ts';
import { startImport } from '../../../../../infra/cli/devices/import-start.ts';
import type { Registry } from '../../../../../shared/core/devices/registry.ts';
import { countDevicesOf } from '../../../../../shared/core/products/products.ts';
import { failInserts } from '../../../../support/intercepted-store.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';
import { createTestProduct } from '../../../../support/test-device.ts';

let registry: Registry;
let productKey: string;

beforeEach(async () => {
  registry = createMemoryParts();
  ({ productKey } = await createTestProduct(registry));
});

function listOf(lines: readonly string[]): string {
  const file = join(tempFolder(), 'list.csv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** As the command does. */
async function importFile(file: string, parts: Registry): Promise<ImportCheckpoint> {
  const path = checkpointPath(join(file, '..'), file);
  const options = { file, checkpointPath: path, productKey, again: false, reserves: false };
  const start = await startImport({ ...options, mostLines: 10_000 }, { ...parts, randomBytes });
  const prepare = async () => undefined;
  const quiet = { prepare, isStopping: () => false, onProgress: () => undefined };
  return importList({ start, registry: parts, checkpointPath: path, ...quiet });
}

test('an import whose store fails has noted every batch that is done', async () => {
  const names = Array.from({ length: 1700 }, (_, index) => `lamp-${index}`);
  const file = listOf(['DeviceName', ...names.slice(0, 600), 'no', ...names.slice(600)]);
  const dying = { ...registry, store: failInserts(registry.store, 'devices', 1200) };
  await expect(importFile(file, dying)).rejects.toThrow('the store is gone');
  expect(readCheckpoint(checkpointPath(join(file, '..'), file))).toMatchObject({
    position: { line: 1002 },
    registered: { [productKey]: 999 },
    rejected: 1,
    finishedAtMs: null,
  });
  expect(await importFile(file, registry)).toMatchObject({
    registered: { [productKey]: 1700 },
    rejected: 1,
  });
  expect(await countDevicesOf(productKey, registry.store)).toBe(1700);
});
