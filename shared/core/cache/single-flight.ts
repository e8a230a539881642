/** Runs `start`, or joins the run under way for the same key: of calls at one time only the first does the work. */
export type SingleFlight<T> = (key: string, start: () => Promise<T>) => Promise<T>;

export function createSingleFlight<T>(): SingleFlight<T> {
  const underWay = new Map<string, Promise<T>>();
  return (key, start) => {
    const joined = underWay.get(key);
    if (joined !== undefined) return joined;
    const run = start().finally(() => underWay.delete(key));
    underWay.set(key, run);
    return run;
  };
}
