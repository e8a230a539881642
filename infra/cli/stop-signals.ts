export type StopSignal = (typeof STOP_SIGNALS)[number];

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Calls `act` at the first of each signal; the same one again ends the process at once, as it would without
 * this. Returns what takes the handlers off.
 */
export function onStopSignal(act: (signal: StopSignal) => void): () => void {
  for (const signal of STOP_SIGNALS) process.once(signal, act);
  return () => {
    for (const signal of STOP_SIGNALS) process.off(signal, act);
  };
}
