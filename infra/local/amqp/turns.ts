/** Whose turn it is, of consumers that share the messages of a group. */
export type Turns<Consumer> = {
  add(consumer: Consumer): void;
  remove(consumer: Consumer): void;
  /** Whether there is one with room. */
  hasRoom(): boolean;
  /** The next one with room. Undefined if there is none. */
  next(): Consumer | undefined;
};

export function createTurns<Consumer extends { hasRoom(): boolean }>(): Turns<Consumer> {
  let consumers: readonly Consumer[] = [];
  let last = 0;
  return {
    add(consumer) {
      consumers = [...consumers, consumer];
    },
    remove(consumer) {
      consumers = consumers.filter((one) => one !== consumer);
    },
    hasRoom: () => consumers.some((consumer) => consumer.hasRoom()),
    next() {
      for (let tried = 0; tried < consumers.length; tried += 1) {
        last = (last + 1) % consumers.length;
        const consumer = consumers[last];
        if (consumer?.hasRoom()) return consumer;
      }
      return undefined;
    },
  };
}
