import {
  countImported,
  type ImportedLine,
  type ImportParts,
  importDevices,
} from '../../../shared/core/devices/import-devices.ts';
import type { Registry } from '../../../shared/core/devices/registry.ts';
import type { Failure } from '../../../shared/model/failure.ts';
import { type CsvRecord, readCsv } from './csv-records.ts';
import { type ImportCheckpoint, writeCheckpoint } from './import-checkpoint.ts';
import { readLine } from './import-columns.ts';
import type { ImportStart } from './import-start.ts';
import { openRejectFile, type Reject, type RejectFile } from './reject-file.ts';

export type ImportRun = {
  start: ImportStart;
  registry: Registry;
  checkpointPath: string;
  /** True from when the run has to end with the batch in hand. */
  isStopping(): boolean;
  onProgress(checkpoint: ImportCheckpoint): void;
};

/** Registered together, and done together. */
const BATCH_LINES = 500;
const CHECKPOINT_EVERY_BATCHES = 4;

/**
 * Imports the lines behind the checkpoint, a batch at a time. A batch counts as done when its devices
 * are durable, and the checkpoint follows behind: lines that come again after a kill meet their own
 * devices (core/devices/import-devices.ts). Resolves to the last checkpoint, with `finishedAtMs` set
 * unless the run was told to stop.
 */
export async function importList(run: ImportRun): Promise<ImportCheckpoint> {
  const { checkpoint, columns } = run.start;
  const rejects = await openRejectFile(checkpoint.rejectsPath, columns, checkpoint.rejectsBytes);
  const save = async (reached: ImportCheckpoint): Promise<void> => {
    await rejects.flush();
    await writeCheckpoint(run.checkpointPath, reached);
  };
  try {
    // Before the first device: the importId has to outlive a kill.
    await save(checkpoint);
    const reached = await importBatches({ ...run, rejects, save });
    await save(reached);
    return reached;
  } finally {
    await rejects.close();
  }
}

type BatchRun = ImportRun & {
  rejects: RejectFile;
  save(reached: ImportCheckpoint): Promise<void>;
};

async function importBatches(run: BatchRun): Promise<ImportCheckpoint> {
  let reached = run.start.checkpoint;
  let batches = 0;
  for await (const batch of batchesOf(reached)) {
    if (run.isStopping()) return reached;
    reached = await importBatch(batch, reached, run);
    batches += 1;
    run.onProgress(reached);
    if (batches % CHECKPOINT_EVERY_BATCHES === 0) await run.save(reached);
  }
  return { ...reached, finishedAtMs: run.registry.nowMs() };
}

async function* batchesOf({
  file,
  position,
}: ImportCheckpoint): AsyncGenerator<readonly CsvRecord[]> {
  let batch: CsvRecord[] = [];
  for await (const records of readCsv(file, position)) {
    for (const record of records) {
      batch.push(record);
      if (batch.length < BATCH_LINES) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

async function importBatch(
  batch: readonly CsvRecord[],
  reached: ImportCheckpoint,
  run: BatchRun,
): Promise<ImportCheckpoint> {
  const { wanted, rejects } = readBatch(batch, run.start);
  const parts: ImportParts = { ...run.registry, importId: reached.importId };
  const results = await importDevices(wanted, parts);
  const registered: Record<string, number> = { ...reached.registered };
  const fields = new Map(batch.map((record) => [record.line, fieldsOf(record)]));
  for (const [index, result] of results.entries()) {
    if (result.ok) {
      const { productKey } = result.value;
      registered[productKey] = (registered[productKey] ?? 0) + 1;
      continue;
    }
    const line = wanted[index]?.line ?? 0;
    rejects.push({ line, reason: reasonOf(result.failure), fields: fields.get(line) ?? [] });
  }
  await countProducts(registered, reached, parts);
  await run.rejects.append(rejects.sort((one, other) => one.line - other.line));
  return {
    ...reached,
    position: batch.at(-1)?.end ?? reached.position,
    registered,
    rejected: reached.rejected + rejects.length,
    rejectsBytes: run.rejects.sizeBytes(),
  };
}

function readBatch(batch: readonly CsvRecord[], { columns, checkpoint }: ImportStart) {
  const wanted: ImportedLine[] = [];
  const rejects: Reject[] = [];
  for (const record of batch) {
    const { line } = record;
    if ('fault' in record) {
      rejects.push({ line, reason: record.fault });
      continue;
    }
    const reading = readLine(record, columns, checkpoint.productKey);
    if (!reading) continue;
    if ('wanted' in reading) {
      wanted.push(reading.wanted);
      continue;
    }
    // Fields that are not in their columns may hold a secret anywhere.
    const isAligned = record.fields.length === columns.names.length;
    rejects.push({ line, reason: reading.fault, ...(isAligned && { fields: record.fields }) });
  }
  return { wanted, rejects };
}

const fieldsOf = (record: CsvRecord) => ('fields' in record ? record.fields : []);

async function countProducts(
  registered: ImportCheckpoint['registered'],
  reached: ImportCheckpoint,
  parts: ImportParts,
): Promise<void> {
  const changed = Object.entries(registered).filter(
    ([productKey, devices]) => devices !== reached.registered[productKey],
  );
  await Promise.all(
    changed.map(([productKey, devices]) => countImported(productKey, devices, parts)),
  );
}

function reasonOf(failure: Failure): string {
  switch (failure.kind) {
    case 'unknown-product':
      return `there is no product ${failure.productKey}`;
    case 'device-exists':
      return 'a device of this name exists already, or an earlier line names it';
    case 'invalid-parameter':
      return `${failure.parameter}: ${failure.reason}`;
    default:
      return failure.kind;
  }
}
