import { onStopSignal } from '../stop-signals.ts';

/** When a simulation ends. */
export type RunEnd = {
  /** From now on it lasts as long as it was told to. */
  begin(): void;
  /** Resolves after that time, or at the first signal, whether it has begun or not. */
  reached: Promise<void>;
  /** Takes the handlers off. */
  forget(): void;
};

/** `lastsMs` undefined: until a signal. */
export function createRunEnd(lastsMs: number | undefined): RunEnd {
  let timer: NodeJS.Timeout | undefined;
  let stop: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const forgetSignals = onStopSignal(stop);
  return {
    begin: () => {
      if (lastsMs !== undefined) timer ??= setTimeout(stop, lastsMs);
    },
    reached,
    forget: () => {
      clearTimeout(timer);
      forgetSignals();
    },
  };
}
