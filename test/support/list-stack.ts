import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Base, openBase } from '../../infra/local/base.ts';
import { createProduct } from '../../shared/core/products/products.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { tempFolder } from './temp-folder.ts';
import { accepted, NEW_PRODUCT } from './test-device.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

/** A running stack whose data folder is open here too; `stop` ends both. */
export type ListStack = TestStack & {
  base: Base;
  /** Resolves to its key. */
  newProduct(): Promise<string>;
};

export async function startListStack(): Promise<ListStack> {
  const stack = await startTestStack();
  const base = openBase(
    readConfig({ MOORING_DATA_DIR: stack.dataDir, MOORING_LOG_LEVEL: 'silent' }),
  );
  return {
    ...stack,
    base,
    newProduct: async () => accepted(await createProduct(NEW_PRODUCT, base)).product.productKey,
    stop: async () => {
      await base.bus.close();
      await base.store.close();
      await stack.stop();
    },
  };
}

/** A file of the running test, gone after it. */
export function listOf(content: string): string {
  const file = join(tempFolder(), 'list.csv');
  writeFileSync(file, content);
  return file;
}
