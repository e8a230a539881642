/** Runs what is handed over under one key one after another, and different keys side by side. */
export type InOrder = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createPerKeyOrder(): InOrder {
  const lasts = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = lasts.get(key);
    const running = before === undefined ? work() : before.then(work, work);
    lasts.set(key, running);
    try {
      return await running;
    } finally {
      if (lasts.get(key) === running) lasts.delete(key);
    }
  };
}
