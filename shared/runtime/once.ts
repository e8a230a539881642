/** Calls `open` at the first need and keeps what it gave; one that fails is tried again at the next need. */
export function once<T>(open: () => T | Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= Promise.resolve()
      .then(open)
      .catch((fault: unknown) => {
        opened = undefined;
        throw fault;
      });
    return opened;
  };
}
