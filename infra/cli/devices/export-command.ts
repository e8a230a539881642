import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { isatty } from 'node:tty';
import { findProduct, PRODUCTS_PARTITION } from '../../../shared/core/products/products.ts';
import { walkPartition } from '../../../shared/core/records/walk-partition.ts';
import type { Store } from '../../../shared/ports/table.ts';
import { type CommandContext, CommandError, type Terminal } from '../command.ts';
import { DATA_DIR_OPTION, folderConfig, openSealing, withStore } from '../folder.ts';
import { type parseOptions, refusePositionals } from '../options.ts';
import { createCountProgress } from './count-progress.ts';
import { type CsvPart, exportDevices } from './export-list.ts';

export const EXPORT_OPTIONS = {
  ...DATA_DIR_OPTION,
  product: { type: 'string', multiple: true },
  out: { type: 'string' },
  'with-secrets': { type: 'boolean', default: false },
  'with-values': { type: 'boolean', default: false },
} as const;

type Parsed = ReturnType<typeof parseOptions<typeof EXPORT_OPTIONS>>;

const STDERR = 2;
const MODE = 0o644;
const SECRET_MODE = 0o600;

/** `mooring devices export`. Resolves to the exit code. */
export async function exportToFile(
  { values, positionals }: Parsed,
  { terminal, readConfig }: CommandContext,
): Promise<number> {
  refusePositionals(positionals);
  const config = folderConfig(readConfig(), values['data-dir']);
  const choice = { withSecrets: values['with-secrets'], withValues: values['with-values'] };
  await withStore(config, async (store) => {
    const productKeys = await productsOf(values.product, store);
    const parts = exportDevices(productKeys, choice, { store, sealing: openSealing(config) });
    const counted = withProgress(parts, terminal);
    if (values.out === undefined) return printParts(counted, terminal);
    return writeWhole(values.out, counted, choice.withSecrets ? SECRET_MODE : MODE);
  });
  return 0;
}

/** In the order of the table, each once. @throws CommandError for one that there is not. */
async function productsOf(
  wanted: readonly string[] | undefined,
  store: Store,
): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const { sort } of walkPartition(store.table('products'), PRODUCTS_PARTITION)) {
    all.push(sort);
  }
  if (!wanted) return all;
  for (const productKey of wanted) {
    const found = await findProduct(productKey, store);
    if (found.ok) continue;
    throw new CommandError(
      `There is no product ${productKey} here. mooring QueryProductList lists them.`,
    );
  }
  return all.filter((productKey) => wanted.includes(productKey));
}

async function* withProgress(
  parts: AsyncIterable<CsvPart>,
  { err }: Terminal,
): AsyncGenerator<string> {
  const shown = { write: err, rewrites: isatty(STDERR), nowMs: () => performance.now() };
  const progress = createCountProgress('devices', shown);
  let count = 0;
  progress.show(count, {});
  for await (const { csv, devices } of parts) {
    yield csv;
    count += devices;
    progress.show(count, {});
  }
  progress.end();
}

async function printParts(parts: AsyncIterable<string>, { out }: Terminal): Promise<void> {
  for await (const csv of parts) out(csv);
}

/** Under its name once it is whole: an interrupted export must not pass for all devices. */
async function writeWhole(path: string, parts: AsyncIterable<string>, mode: number): Promise<void> {
  const unfinished = `${path}.unfinished`;
  await rm(unfinished, { force: true });
  const file = await openNew(unfinished, mode);
  try {
    for await (const csv of parts) await file.appendFile(csv);
    await file.datasync();
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}

async function openNew(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, 'wx', mode);
  } catch (cause) {
    throw new CommandError(`${path} cannot be written. Name a file in a folder that is there.`, {
      cause,
    });
  }
}
