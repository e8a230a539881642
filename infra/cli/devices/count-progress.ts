import { createProgressLine, type ProgressParts } from '../progress-line.ts';

export type CountProgress = {
  /** `fraction` from 0 to 1 where the whole is known; `note` stands behind. */
  show(count: number, at: { fraction?: number; note?: string }): void;
  /** Leaves a clean line for what follows. */
  end(): void;
};

const BAR_CELLS = 24;

/** `noun` is what is counted. The rate is that of this run. */
export function createCountProgress(noun: string, parts: ProgressParts): CountProgress {
  const line = createProgressLine(parts);
  const startedMs = parts.nowMs();
  let firstCount: number | undefined;
  return {
    show: (count, { fraction, note = '' }) => {
      firstCount ??= count;
      const seconds = (parts.nowMs() - startedMs) / 1000;
      const rate = seconds > 0 ? Math.round((count - firstCount) / seconds) : 0;
      line.show(`${barOf(fraction)}${count} ${noun}, ${rate}/s${note}`);
    },
    end: line.end,
  };
}

function barOf(fraction: number | undefined): string {
  if (fraction === undefined) return '';
  const full = Math.round(Math.min(fraction, 1) * BAR_CELLS);
  const percent = `${Math.floor(Math.min(fraction, 1) * 100)}%`.padStart(4);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}]${percent} `;
}
