import type { ImportedLine } from '../../../shared/core/devices/import-devices.ts';
import type { Registry } from '../../../shared/core/devices/registry.ts';
import { type CsvRecord, readCsv } from './csv-records.ts';
import { type ImportCheckpoint, writeCheckpoint } from './import-checkpoint.ts';
import { readLine } from './import-columns.ts';
import { importLines } from './import-lines.ts';
import type { ImportStart } from './import-start.ts';
import { openRejectFile, type Reject, type RejectFile } from './reject-file.ts';
import { type NameClaim, openNameClaims } from './reserved-names.ts';

export type ImportRun = {
  start: ImportStart;
  registry: Registry;
  checkpointPath: string;
  /** Told before the lines of a batch are imported: makes what they need besides. */
  prepare(lines: readonly ImportedLine[]): Promise<unknown>;
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
 * unless the run was told to stop. Where it fails, what is done by then is noted.
 */
export async function importList(run: ImportRun): Promise<ImportCheckpoint> {
  const { checkpoint, columns } = run.start;
  const claimName = checkpoint.reserves ? await openNameClaims(run.start) : () => true;
  const rejects = await openRejectFile(checkpoint.rejectsPath, columns, checkpoint.rejectsBytes);
  let reached = checkpoint;
  const save = async (): Promise<void> => {
    await rejects.flush();
    await writeCheckpoint(run.checkpointPath, reached);
  };
  const moveOn = (now: ImportCheckpoint): void => {
    reached = now;
    run.onProgress(now);
  };
  try {
    // Before the first device: the importId has to outlive a kill.
    await save();
    reached = await importBatches({ ...run, rejects, claimName, moveOn, save });
    await save();
    return reached;
  } catch (error) {
    // What failed first is what to report.
    await save().catch(() => undefined);
    throw error;
  } finally {
    await rejects.close();
  }
}

type BatchRun = ImportRun & {
  rejects: RejectFile;
  claimName: NameClaim;
  moveOn(reached: ImportCheckpoint): void;
  save(): Promise<void>;
};

async function importBatches(run: BatchRun): Promise<ImportCheckpoint> {
  let reached = run.start.checkpoint;
  let batches = 0;
  for await (const batch of batchesOf(reached)) {
    if (run.isStopping()) return reached;
    reached = await importBatch(batch, reached, run);
    batches += 1;
    run.moveOn(reached);
    if (batches % CHECKPOINT_EVERY_BATCHES === 0) await run.save();
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
  const { wanted, rejects } = readBatch(batch, run);
  const { registry } = run;
  await run.prepare(wanted);
  const { registered, refused } = await importLines(wanted, { reached, registry });
  const fields = new Map(batch.map((record) => [record.line, fieldsOf(record)]));
  for (const { line, reason } of refused) {
    rejects.push({ line, reason, fields: fields.get(line) ?? [] });
  }
  await run.rejects.append(rejects.sort((one, other) => one.line - other.line));
  return {
    ...reached,
    position: batch.at(-1)?.end ?? reached.position,
    registered,
    rejected: reached.rejected + rejects.length,
    rejectsBytes: run.rejects.sizeBytes(),
  };
}

function readBatch(batch: readonly CsvRecord[], { start, claimName }: BatchRun) {
  const { columns, checkpoint } = start;
  const wanted: ImportedLine[] = [];
  const rejects: Reject[] = [];
  for (const record of batch) {
    const { line } = record;
    if ('fault' in record) {
      rejects.push({ line, reason: record.fault });
      continue;
    }
    const { fields } = record;
    const reading = readLine(record, columns, checkpoint.productKey);
    if (!reading) continue;
    if ('fault' in reading) {
      // Fields that are not in their columns may hold a secret anywhere.
      const isAligned = fields.length === columns.names.length;
      rejects.push({ line, reason: reading.fault, ...(isAligned && { fields }) });
    } else if (claimName(reading.wanted)) wanted.push(reading.wanted);
    else rejects.push({ line, reason: NAME_IS_GIVEN, fields });
  }
  return { wanted, rejects };
}

const NAME_IS_GIVEN = 'an earlier line names this device for another deviceId';

const fieldsOf = (record: CsvRecord) => ('fields' in record ? record.fields : []);
