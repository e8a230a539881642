import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { ImportedLine } from '../../../shared/core/devices/import-devices.ts';
import type { Registry } from '../../../shared/core/devices/registry.ts';
import { findProduct } from '../../../shared/core/products/products.ts';
import type { CliConfig } from '../../../shared/runtime/cli-config.ts';
import { ANY_STORE_OPTIONS, storePlace, withAnyStore } from '../any-store.ts';
import { type CommandContext, CommandError, type Terminal, UsageError } from '../command.ts';
import { folderConfig } from '../folder.ts';
import { printable } from '../message-line.ts';
import { onlyPositional, type parseOptions } from '../options.ts';
import { progressOn } from '../progress-line.ts';
import { onStopSignal } from '../stop-signals.ts';
import { createCountProgress } from './count-progress.ts';
import { checkpointPath, type ImportCheckpoint } from './import-checkpoint.ts';
import { unusedColumns } from './import-columns.ts';
import { importList } from './import-list.ts';
import { lockImport } from './import-lock.ts';
import { type ImportOptions, type ImportStart, startImport } from './import-start.ts';
import { registeredOf, totalsText } from './import-totals.ts';
import { makeProducts } from './make-products.ts';

export const IMPORT_OPTIONS = {
  ...ANY_STORE_OPTIONS,
  product: { type: 'string' },
  rejects: { type: 'string' },
  again: { type: 'boolean', default: false },
  reserve: { type: 'boolean', default: false },
  'make-products': { type: 'boolean', default: false },
} as const;

type Parsed = ReturnType<typeof parseOptions<typeof IMPORT_OPTIONS>>;

const MOST_LINES = 1_000_000;

/** `mooring devices import`. Resolves to the exit code. */
export async function importFromFile(
  parsed: Parsed,
  { terminal, readConfig }: CommandContext,
  mostLines = MOST_LINES,
): Promise<number> {
  const config = folderConfig(readConfig(), parsed.values['data-dir']);
  const options = optionsOf(parsed, config, mostLines);
  if (config.identities === 'aliyun' && !options.reserves) throw new CommandError(RESERVE_ADVICE);
  const unlock = lockImport(config.dataDir, options.file);
  try {
    const start = await startImport(options, { nowMs: () => Date.now(), randomBytes });
    tellStart(start, terminal);
    return tellEnd(await importStarted(start, { options, config, terminal }), terminal);
  } finally {
    unlock();
  }
}

const RESERVE_ADVICE =
  "MOORING_IDENTITIES is aliyun, and import registers devices in Mooring's own tables: the certificate distributor would hand out devices that the account does not know. With --reserve it notes the deviceIds, and each device is registered in the account when it first asks.";

type Options = ImportOptions & { store?: string; makesProducts: boolean };

function optionsOf({ values, positionals }: Parsed, config: CliConfig, mostLines: number): Options {
  const file = onlyPositional(positionals);
  if (file === undefined) throw new UsageError('Name the CSV file: devices import FILE.csv.');
  const rejectsPath = values.rejects === undefined ? undefined : resolve(values.rejects);
  if (rejectsPath === resolve(file)) {
    throw new UsageError('--rejects names the list itself.');
  }
  if (values['make-products'] && values.reserve) {
    throw new UsageError('--make-products does not go with --reserve.');
  }
  const place = storePlace(values.store, config);
  return {
    mostLines,
    file: resolve(file),
    checkpointPath: checkpointPath(config.dataDir, resolve(file), place),
    ...(values.store !== undefined && { store: values.store }),
    productKey: values.product ?? '',
    ...(rejectsPath !== undefined && { rejectsPath }),
    again: values.again,
    reserves: values.reserve,
    makesProducts: values['make-products'],
  };
}

function tellStart({ columns, checkpoint, isResumed }: ImportStart, { err }: Terminal): void {
  const unused = unusedColumns(columns);
  if (unused.length > 0) err(`not read: the columns ${printable(unused.join(', '))}\n`);
  if (isResumed) {
    err(`goes on at line ${checkpoint.position.line}: ${totalsText(checkpoint)} so far\n`);
  }
}

async function importStarted(
  start: ImportStart,
  { options, config, terminal }: { options: Options; config: CliConfig; terminal: Terminal },
): Promise<ImportCheckpoint> {
  const { sizeBytes, productKey, reserves, position } = start.checkpoint;
  const progress = createCountProgress(reserves ? 'deviceIds' : 'devices', progressOn(terminal));
  let reached = start.checkpoint;
  const show = (now: ImportCheckpoint) => {
    reached = now;
    progress.show(registeredOf(now), {
      fraction: now.position.byte / sizeBytes,
      note: `, ${now.rejected} rejected`,
    });
  };
  // The first Ctrl-C ends the import with the batch in hand, a second one at once: it goes on all the same.
  let isAsked = false;
  const forget = onStopSignal(() => {
    isAsked = true;
  });
  const tell = (text: string) => {
    progress.end();
    terminal.err(text);
  };
  try {
    return await withAnyStore(options.store, config, async ({ store, sealing }) => {
      if (!options.makesProducts) await requireProduct(productKey, store);
      show(start.checkpoint);
      const registry = { store, sealing, nowMs: () => Date.now(), randomBytes };
      const prepare = options.makesProducts ? productMaker(registry, tell) : nothing;
      const run = { prepare, isStopping: () => isAsked, onProgress: show };
      return importList({ start, registry, checkpointPath: options.checkpointPath, ...run });
    }).finally(progress.end);
  } catch (error) {
    if (reached.position.byte > position.byte) tellInterrupted(reached, terminal);
    throw error;
  } finally {
    forget();
  }
}

const nothing = async () => undefined;

function productMaker(registry: Registry, tell: (text: string) => void) {
  return async (lines: readonly ImportedLine[]) => {
    for (const key of await makeProducts(lines, registry)) tell(`made the product ${key}\n`);
  };
}

async function requireProduct(
  productKey: string,
  store: Parameters<typeof findProduct>[1],
): Promise<void> {
  if (productKey === '' || (await findProduct(productKey, store)).ok) return;
  throw new CommandError(
    `There is no product ${productKey} here. mooring CreateProduct makes one, as does --make-products with this very key; mooring QueryProductList lists them.`,
  );
}

function tellEnd(reached: ImportCheckpoint, terminal: Terminal): number {
  if (reached.finishedAtMs === null) {
    tellInterrupted(reached, terminal);
    return 1;
  }
  terminal.out(`${totalsText(reached)}\n`);
  return reached.rejected === 0 ? 0 : 1;
}

function tellInterrupted(reached: ImportCheckpoint, { err }: Terminal): void {
  const before = `interrupted before line ${reached.position.line}`;
  err(`${before}: ${totalsText(reached)} so far. The same command goes on from there.\n`);
}
