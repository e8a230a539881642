import { onStopSignal, type StopSignal } from '../stop-signals.ts';

export type Interruption = {
  /** Rejects with InterruptedError as soon as a signal comes; what `work` began is left to itself. */
  guard<T>(work: () => Promise<T>): Promise<T>;
  /** Takes the handlers off. */
  end(): void;
};

const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

export class InterruptedError extends Error {
  override name = 'InterruptedError';
  /** As a shell has it of a process that a signal ended. */
  readonly exitCode: number;

  constructor(signal: StopSignal) {
    super(`interrupted by ${signal}`);
    this.exitCode = EXIT_CODES[signal];
  }
}

/** The first signal ends what is guarded. */
export function listenForInterruption(): Interruption {
  const waiting = new Set<(error: InterruptedError) => void>();
  let caught: InterruptedError | undefined;
  const end = onStopSignal((signal) => {
    caught ??= new InterruptedError(signal);
    for (const reject of waiting) reject(caught);
  });
  return {
    guard: (work) =>
      new Promise((resolve, reject) => {
        if (caught) return reject(caught);
        waiting.add(reject);
        work()
          .then(resolve, reject)
          .finally(() => waiting.delete(reject));
      }),
    end,
  };
}
