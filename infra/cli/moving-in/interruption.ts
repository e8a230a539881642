export type Interruption = {
  /** Rejects with InterruptedError as soon as a signal comes; what `work` began is left to itself. */
  guard<T>(work: () => Promise<T>): Promise<T>;
  /** Takes the handlers off. */
  end(): void;
};

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

type Signal = (typeof SIGNALS)[number];

export class InterruptedError extends Error {
  override name = 'InterruptedError';
  /** As a shell has it of a process that a signal ended. */
  readonly exitCode: number;

  constructor(signal: Signal) {
    super(`interrupted by ${signal}`);
    this.exitCode = EXIT_CODES[signal];
  }
}

/** The first signal ends what is guarded; the same one again ends the process at once, as it would without this. */
export function listenForInterruption(): Interruption {
  const waiting = new Set<(error: InterruptedError) => void>();
  let caught: InterruptedError | undefined;
  const interrupt = (signal: Signal) => {
    caught ??= new InterruptedError(signal);
    for (const reject of waiting) reject(caught);
  };
  for (const signal of SIGNALS) process.once(signal, interrupt);
  return {
    guard: (work) =>
      new Promise((resolve, reject) => {
        if (caught) return reject(caught);
        waiting.add(reject);
        work()
          .then(resolve, reject)
          .finally(() => waiting.delete(reject));
      }),
    end: () => {
      for (const signal of SIGNALS) process.off(signal, interrupt);
    },
  };
}
