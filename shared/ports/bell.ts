export type Bell = {
  ring(): void;
  /** Resolves at the next ring or after a time; at once if it has rung since the last wait. */
  wait(longestMs: number): Promise<void>;
};

/** For one waiter. */
export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(longestMs) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, longestMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      wake = undefined;
      rung = false;
    },
  };
}
