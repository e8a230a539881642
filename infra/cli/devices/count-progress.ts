/** Where and when a progress shows. */
export type ProgressParts = {
  write(text: string): void;
  /** One line that is written over, else a line every few seconds. */
  rewrites: boolean;
  nowMs(): number;
};

export type CountProgress = {
  /** `fraction` from 0 to 1 where the whole is known; `note` stands behind. */
  show(count: number, at: { fraction?: number; note?: string }): void;
  /** Leaves a clean line for what follows. */
  end(): void;
};

const LINE_EVERY_MS = 5000;
const REWRITE_EVERY_MS = 100;
const BAR_CELLS = 24;
const ERASE_LINE = '\r\u001b[K';

/** `noun` is what is counted. The rate is that of this run. */
export function createCountProgress(
  noun: string,
  { write, rewrites, nowMs }: ProgressParts,
): CountProgress {
  const startedMs = nowMs();
  let shownMs = rewrites ? Number.NEGATIVE_INFINITY : startedMs;
  let firstCount: number | undefined;
  return {
    show: (count, { fraction, note = '' }) => {
      firstCount ??= count;
      const now = nowMs();
      if (now - shownMs < (rewrites ? REWRITE_EVERY_MS : LINE_EVERY_MS)) return;
      shownMs = now;
      const seconds = (now - startedMs) / 1000;
      const rate = seconds > 0 ? Math.round((count - firstCount) / seconds) : 0;
      const text = `${barOf(fraction)}${count} ${noun}, ${rate}/s${note}`;
      write(rewrites ? `${ERASE_LINE}${text}` : `${text}\n`);
    },
    end: () => {
      if (rewrites) write(ERASE_LINE);
    },
  };
}

function barOf(fraction: number | undefined): string {
  if (fraction === undefined) return '';
  const full = Math.round(Math.min(fraction, 1) * BAR_CELLS);
  const percent = `${Math.floor(Math.min(fraction, 1) * 100)}%`.padStart(4);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}]${percent} `;
}
