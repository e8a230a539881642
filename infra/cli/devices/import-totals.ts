import type { ImportCheckpoint } from './import-checkpoint.ts';

/** What was done and what was rejected, over all runs of the import. */
export function totalsText(checkpoint: ImportCheckpoint): string {
  const { rejected, rejectsPath, reserves } = checkpoint;
  const done = registeredOf(checkpoint);
  const where = rejected === 0 ? '' : ` (reasons in ${rejectsPath})`;
  const what = reserves
    ? `${counted(done, 'deviceId')} noted`
    : `${counted(done, 'device')} registered`;
  return `${what}, ${counted(rejected, 'line')} rejected${where}`;
}

export function registeredOf({ registered }: ImportCheckpoint): number {
  return Object.values(registered).reduce((sum, devices) => sum + devices, 0);
}

/** `1 line`, `2 lines`. */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;
