import { isatty } from 'node:tty';
import type { Terminal } from './command.ts';

/** Where and when a progress shows. */
export type ProgressParts = {
  write(text: string): void;
  /** One line that is written over, else a line every few seconds. */
  rewrites: boolean;
  nowMs(): number;
};

export type ProgressLine = {
  /** The last of many texts at once is not sure to be seen: whatever counts is told at the end. */
  show(text: string): void;
  /** Leaves a clean line for what follows. */
  end(): void;
};

const STDERR = 2;
const LINE_EVERY_MS = 5000;
const REWRITE_EVERY_MS = 100;
const ERASE_LINE = '\r\u001b[K';

/** On a terminal one line that is written over, elsewhere a line every few seconds. */
export function progressOn({ err }: Terminal): ProgressParts {
  return { write: err, rewrites: isatty(STDERR), nowMs: () => performance.now() };
}

/** What takes less than a few seconds shows nothing where no terminal is. */
export function createProgressLine({ write, rewrites, nowMs }: ProgressParts): ProgressLine {
  const everyMs = rewrites ? REWRITE_EVERY_MS : LINE_EVERY_MS;
  let shownMs = rewrites ? Number.NEGATIVE_INFINITY : nowMs();
  return {
    show: (text) => {
      if (nowMs() - shownMs < everyMs) return;
      shownMs = nowMs();
      write(rewrites ? `${ERASE_LINE}${text}` : `${text}\n`);
    },
    end: () => {
      if (rewrites) write(ERASE_LINE);
    },
  };
}
