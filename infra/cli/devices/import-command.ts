import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { findProduct } from '../../../shared/core/products/products.ts';
import type { CliConfig } from '../../../shared/runtime/cli-config.ts';
import { type CommandContext, CommandError, type Terminal, UsageError } from '../command.ts';
import { DATA_DIR_OPTION, folderConfig, openSealing, requireData, withStore } from '../folder.ts';
import type { parseOptions } from '../options.ts';
import { createCountProgress } from './count-progress.ts';
import { checkpointPath, type ImportCheckpoint } from './import-checkpoint.ts';
import { unusedColumns } from './import-columns.ts';
import { importList } from './import-list.ts';
import { lockImport } from './import-lock.ts';
import {
  type ImportOptions,
  type ImportStart,
  registeredOf,
  startImport,
  totalsText,
} from './import-start.ts';

export const IMPORT_OPTIONS = {
  ...DATA_DIR_OPTION,
  product: { type: 'string' },
  rejects: { type: 'string' },
  again: { type: 'boolean', default: false },
} as const;

type Parsed = ReturnType<typeof parseOptions<typeof IMPORT_OPTIONS>>;

const MOST_LINES = 1_000_000;
const STDERR = 2;

/** `mooring devices import`. Resolves to the exit code. */
export async function importFromFile(
  parsed: Parsed,
  { terminal, readConfig }: CommandContext,
  mostLines = MOST_LINES,
): Promise<number> {
  const config = folderConfig(readConfig(), parsed.values['data-dir']);
  requireData(config);
  const options = optionsOf(parsed, { dataDir: config.dataDir, mostLines });
  const unlock = lockImport(checkpointPath(config.dataDir, options.file));
  try {
    const start = await startImport(options, { nowMs: () => Date.now(), randomBytes });
    tellStart(start, terminal);
    const reached = await importStarted(start, config, terminal);
    return tellEnd(reached, terminal);
  } finally {
    unlock();
  }
}

function optionsOf(
  { values, positionals }: Parsed,
  limits: Pick<ImportOptions, 'dataDir' | 'mostLines'>,
): ImportOptions {
  const [file, extra] = positionals;
  if (file === undefined) throw new UsageError('Name the CSV file: devices import FILE.csv.');
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many.`);
  const rejectsPath = values.rejects === undefined ? undefined : resolve(values.rejects);
  if (rejectsPath === resolve(file)) {
    throw new UsageError('--rejects names the list itself.');
  }
  return {
    ...limits,
    file: resolve(file),
    productKey: values.product ?? '',
    ...(rejectsPath !== undefined && { rejectsPath }),
    again: values.again,
  };
}

function tellStart({ columns, checkpoint, isResumed }: ImportStart, { err }: Terminal): void {
  const unused = unusedColumns(columns);
  if (unused.length > 0) err(`not read: the columns ${unused.join(', ')}\n`);
  if (isResumed) {
    err(`goes on at line ${checkpoint.position.line}: ${totalsText(checkpoint)} so far\n`);
  }
}

async function importStarted(
  start: ImportStart,
  config: CliConfig,
  { err }: Terminal,
): Promise<ImportCheckpoint> {
  const { sizeBytes, productKey } = start.checkpoint;
  const parts = { write: err, rewrites: isatty(STDERR), nowMs: () => performance.now() };
  const progress = createCountProgress('devices', parts);
  const show = (reached: ImportCheckpoint) =>
    progress.show(registeredOf(reached), {
      fraction: reached.position.byte / sizeBytes,
      note: `, ${reached.rejected} rejected`,
    });
  const stop = listenForStop();
  try {
    return await withStore(config, async (store) => {
      await requireProduct(productKey, store);
      show(start.checkpoint);
      const registry = {
        store,
        sealing: openSealing(config),
        nowMs: () => Date.now(),
        randomBytes,
      };
      const { dataDir } = config;
      return importList({ start, registry, dataDir, isStopping: stop.isAsked, onProgress: show });
    });
  } finally {
    stop.forget();
    progress.end();
  }
}

async function requireProduct(
  productKey: string,
  store: Parameters<typeof findProduct>[1],
): Promise<void> {
  if (productKey === '' || (await findProduct(productKey, store)).ok) return;
  throw new CommandError(
    `There is no product ${productKey} here. mooring CreateProduct makes one, mooring QueryProductList lists them.`,
  );
}

/** The first Ctrl-C ends the import with the batch in hand, a second one at once: it goes on all the same. */
function listenForStop(): { isAsked(): boolean; forget(): void } {
  let isAsked = false;
  const ask = () => {
    isAsked = true;
  };
  for (const signal of STOP_SIGNALS) process.once(signal, ask);
  return {
    isAsked: () => isAsked,
    forget: () => {
      for (const signal of STOP_SIGNALS) process.off(signal, ask);
    },
  };
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

function tellEnd(reached: ImportCheckpoint, { out, err }: Terminal): number {
  if (reached.finishedAtMs === null) {
    const before = `interrupted before line ${reached.position.line}`;
    err(`${before}: ${totalsText(reached)} so far. The same command goes on from there.\n`);
    return 1;
  }
  out(`${totalsText(reached)}\n`);
  return reached.rejected === 0 ? 0 : 1;
}
