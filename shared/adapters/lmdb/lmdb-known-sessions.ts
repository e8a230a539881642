/** `stored` is undefined while it is not known what the store holds. */
export type KnownSession<T> = { latest: T; stored: T | undefined };

/** Sessions of devices that came before: of one that comes again nothing has to be read. */
export type KnownSessions<T> = {
  find(device: string): KnownSession<T> | undefined;
  /** In the place of the one before; of all devices, the one that came first makes room. */
  keep(device: string, session: KnownSession<T>): KnownSession<T>;
  forget(device: string): void;
};

/** For the one process that writes the sessions. */
export function createKnownSessions<T>(capacity: number): KnownSessions<T> {
  const known = new Map<string, KnownSession<T>>();
  return {
    find: (device) => known.get(device),
    keep: (device, session) => {
      known.set(device, session);
      if (known.size > capacity) dropOldest(known);
      return session;
    },
    forget: (device) => {
      known.delete(device);
    },
  };
}

/** To be called when its write is done. What has taken its place meanwhile is not touched. */
export function markStored<T>(written: KnownSession<T>): void {
  written.stored = written.latest;
}

/** A Map keeps the order of insertion: its first key is the oldest. */
function dropOldest(known: Map<string, unknown>): void {
  const oldest = known.keys().next();
  if (!oldest.done) known.delete(oldest.value);
}
