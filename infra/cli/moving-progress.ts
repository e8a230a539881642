import { isatty } from 'node:tty';
import type { MovingProgress } from '../../shared/core/moving-in/moving.ts';
import type { Terminal } from './command.ts';

const STDERR = 2;
const LINE_EVERY_MS = 5000;
const ERASE_LINE = '\r\u001b[K';

export type ProgressLine = {
  show(progress: MovingProgress): void;
  /** Leaves a clean line for what follows. */
  end(): void;
};

/** On a terminal one line that is written over, elsewhere a line every few seconds. */
export function createMovingProgress(
  { err }: Terminal,
  nowMs: () => number,
  rewrites = isatty(STDERR),
): ProgressLine {
  let shownMs = Number.NEGATIVE_INFINITY;
  return {
    show: ({ productKey, devices, total }) => {
      const text = `${productKey}: ${devices} of ${total} devices`;
      if (rewrites) return err(`${ERASE_LINE}${text}`);
      if (nowMs() - shownMs < LINE_EVERY_MS) return;
      shownMs = nowMs();
      err(`${text}\n`);
    },
    end: () => {
      if (rewrites) err(ERASE_LINE);
    },
  };
}
