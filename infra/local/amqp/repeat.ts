/** Work that is done every so often, never twice at a time. Its faults are told and outlived. */
export type Repeated = {
  /** Resolves when what is under way is done. */
  stop(): Promise<void>;
};

export function repeat(
  intervalMs: number,
  work: () => Promise<void> | void,
  failed: (error: unknown) => void,
): Repeated {
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failed(error);
    }
    running = undefined;
  };
  const timer = setInterval(() => {
    running ??= run();
  }, intervalMs);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
