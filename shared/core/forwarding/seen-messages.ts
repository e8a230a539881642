/** Remembers the latest messages that were handed over, by messageId. */
export type SeenMessages = {
  /** Whether the id was noted before; notes it. */
  note(messageId: string): boolean;
};

/** Remembers the latest `capacity` at least, and less than twice as many. */
export function createSeenMessages(capacity = DEFAULT_CAPACITY): SeenMessages {
  let latest = new Set<string>();
  let before = new Set<string>();
  return {
    note: (messageId) => {
      const wasSeen = latest.has(messageId) || before.has(messageId);
      latest.add(messageId);
      if (latest.size >= capacity) {
        before = latest;
        latest = new Set();
      }
      return wasSeen;
    },
  };
}

/** A minute of what a connection brings at most, 1000 messages a second (protocol.md 8.4). */
const DEFAULT_CAPACITY = 60_000;
