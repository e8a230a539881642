/** Runs work at once up to a number of pieces, the rest in the order it came. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * What an adapter of a remote store puts before its requests: the time that one waits for a socket
 * counts as time that the service took, so that a burst would time out. What waits here has not begun.
 */
export function createGate(most: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < most) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Whoever waits longest takes over the place as it is counted.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
