import { deviceNameOf } from '../../../shared/core/certificates/certificate-names.ts';
import {
  countImported,
  type ImportedLine,
  type ImportParts,
  importDevices,
} from '../../../shared/core/devices/import-devices.ts';
import type { Registry } from '../../../shared/core/devices/registry.ts';
import { reserveDeviceIds } from '../../../shared/core/devices/reserve-device-ids.ts';
import type { Failure } from '../../../shared/model/failure.ts';
import type { ImportCheckpoint } from './import-checkpoint.ts';

/** What became of lines: how many of each product are done by now, and why the others are not. */
export type LinesOutcome = {
  registered: ImportCheckpoint['registered'];
  refused: readonly { line: number; reason: string }[];
};

/**
 * Does the lines of a batch, each of which stands or falls alone. What is done is durable and counted
 * when this resolves, and may be done again.
 */
export async function importLines(
  lines: readonly ImportedLine[],
  { reached, registry }: { reached: ImportCheckpoint; registry: Registry },
): Promise<LinesOutcome> {
  const { importId, startedAtMs, reserves } = reached;
  const parts: ImportParts = { ...registry, importId };
  const results = reserves
    ? await reserveDeviceIds(lines, { store: registry.store, sinceMs: startedAtMs })
    : await importDevices(lines, parts);
  const registered: Record<string, number> = { ...reached.registered };
  const refused: { line: number; reason: string }[] = [];
  for (const [index, wanted] of lines.entries()) {
    const result = results[index];
    if (!result) throw new Error('a line was given, and none was answered');
    const { line, productKey } = wanted;
    if (result.ok) registered[productKey] = (registered[productKey] ?? 0) + 1;
    else refused.push({ line, reason: reasonOf(result.failure, wanted) });
  }
  if (!reserves) await countProducts(registered, reached, parts);
  return { registered, refused };
}

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

function reasonOf(failure: Failure, wanted: ImportedLine): string {
  switch (failure.kind) {
    case 'unknown-product':
      return `there is no product ${failure.productKey}`;
    case 'device-exists':
      return `a device of this ${namedBy(wanted)} exists already, or an earlier line names it`;
    case 'invalid-parameter':
      return `${failure.parameter}: ${failure.reason}`;
    default:
      return failure.kind;
  }
}

/** What the line has in it, where the name was made of that. */
function namedBy({ deviceId, deviceName }: ImportedLine): string {
  const isMade = deviceId !== undefined && deviceName === deviceNameOf(deviceId);
  return isMade ? 'deviceId' : 'name';
}
