import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { PRODUCTS_PARTITION } from '../../../shared/core/products/products.ts';
import { walkPartition } from '../../../shared/core/records/walk-partition.ts';
import type { Store } from '../../../shared/ports/table.ts';
import { ANY_STORE_OPTIONS, refuseBothPlaces, withAnyStore } from '../any-store.ts';
import { type CommandContext, CommandError, type Terminal } from '../command.ts';
import { folderConfig } from '../folder.ts';
import { type parseOptions, refusePositionals } from '../options.ts';
import { progressOn } from '../progress-line.ts';
import { createCountProgress } from './count-progress.ts';
import { type CsvPart, exportDevices } from './export-list.ts';

export const EXPORT_OPTIONS = {
  ...ANY_STORE_OPTIONS,
  product: { type: 'string', multiple: true },
  out: { type: 'string' },
  'with-secrets': { type: 'boolean', default: false },
  'with-values': { type: 'boolean', default: false },
} as const;

type Parsed = ReturnType<typeof parseOptions<typeof EXPORT_OPTIONS>>;

const MODE = 0o644;
const SECRET_MODE = 0o600;

/** `mooring devices export`. Resolves to the exit code. */
export async function exportToFile(
  { values, positionals }: Parsed,
  { terminal, readConfig }: CommandContext,
): Promise<number> {
  refusePositionals(positionals);
  refuseBothPlaces(values);
  const config = folderConfig(readConfig(), values['data-dir']);
  const choice = { withSecrets: values['with-secrets'], withValues: values['with-values'] };
  await withAnyStore(values.store, config, async (opened) => {
    const productKeys = await productsOf(values.product, opened.store);
    const parts = exportDevices(productKeys, choice, opened);
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
  const unknown = wanted.find((productKey) => !all.includes(productKey));
  if (unknown !== undefined) {
    throw new CommandError(
      `There is no product ${unknown} here. mooring QueryProductList lists them.`,
    );
  }
  return all.filter((productKey) => wanted.includes(productKey));
}

async function* withProgress(
  parts: AsyncIterable<CsvPart>,
  terminal: Terminal,
): AsyncGenerator<string> {
  const progress = createCountProgress('devices', progressOn(terminal));
  let count = 0;
  progress.show(count, {});
  try {
    for await (const { csv, devices } of parts) {
      yield csv;
      count += devices;
      progress.show(count, {});
    }
  } finally {
    progress.end();
  }
}

async function printParts(parts: AsyncIterable<string>, { out }: Terminal): Promise<void> {
  for await (const csv of parts) out(csv);
}

/** Under its name once it is whole: an interrupted export must not pass for all devices. */
async function writeWhole(path: string, parts: AsyncIterable<string>, mode: number): Promise<void> {
  const standing = await stat(path).catch(() => undefined);
  if (standing?.isDirectory()) throw new CommandError(`${path} is a folder. Name a file.`);
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
