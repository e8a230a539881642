/** The messages that a server may still send. */
export type Credit = {
  /** So many in all, those that were allowed before and have not come included. */
  allow(messages: number): void;
  /** A message has come. */
  use(): void;
  /** Adds no more. */
  stop(): void;
};

/**
 * Gathers small additions: a frame for each message would cost as much as the message. `grant` tells the
 * server how many may come from now on.
 */
export function createCredit(grant: (messages: number) => void): Credit {
  let room = 0;
  let largest = 0;
  let outstanding = 0;
  let timer: NodeJS.Timeout | undefined;
  const grantRoom = (): void => {
    timer = undefined;
    if (room <= outstanding) return;
    outstanding = room;
    grant(room);
  };
  return {
    allow: (messages) => {
      room = messages;
      largest = Math.max(largest, messages);
      const more = room - outstanding;
      if (more > 0 && more >= largest >> 3) grantRoom();
      else if (more > 0) timer ??= setTimeout(grantRoom, GATHER_MS);
    },
    use: () => {
      // RabbitMQ 3.10 sends a few more than it may when credit reaches it between two messages.
      outstanding = Math.max(0, outstanding - 1);
    },
    stop: () => {
      clearTimeout(timer);
      room = 0;
    },
  };
}

const GATHER_MS = 2;
