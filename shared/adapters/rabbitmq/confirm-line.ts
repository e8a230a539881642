import type { Channel, Connection } from 'rabbitmq-client';
import { declareBus } from './bus-queues.ts';
import { inTime } from './in-time.ts';
import { closeConnection } from './use-channel.ts';

export type LineParts = { connect(): Connection; nowMs(): number; timeoutMs: number };

type OpenLine = {
  /** Confirms what it is given. */
  channel: Channel;
  /** What no queue took, by returnKey. */
  returned: Set<string>;
};

export type ConfirmLine = {
  /** The same for all callers until it is lost. Rejects when there is none in time. */
  ready(): Promise<OpenLine> | OpenLine;
  /** The broker has answered. */
  confirmed(): void;
  note(fault: unknown): void;
  /** What stands in the way since the broker answered last. */
  trouble(): string | undefined;
  /** It may be dead without anybody having been told: if it has confirmed nothing of late, the next message gets another. */
  distrust(): void;
  close(): Promise<void>;
};

/** One that was frozen with its function, or cut off without a word, is asked before it is used. */
const TRUSTED_MS = 20_000;
const ANSWER_MS = 1500;

/** Over a connection of its own: a broker that is short of memory stops reading from those that publish, acknowledgements too. */
export function createConfirmLine({ connect, nowMs, timeoutMs }: LineParts): ConfirmLine {
  let connection: Connection | undefined;
  let open: OpenLine | undefined;
  let opening: Promise<OpenLine> | undefined;
  let confirmedMs = 0;
  let blocked: string | undefined;
  let fault: unknown;

  const connected = () => {
    const made = connect();
    made.on('error', (error) => {
      blocked = undefined;
      fault = error;
    });
    made.on('connection.blocked', (reason) => {
      blocked = `it takes none now: ${reason}`;
    });
    made.on('connection.unblocked', () => {
      blocked = undefined;
    });
    return made;
  };
  const drop = () => {
    connection?.unsafeDestroy();
    connection = undefined;
    open = undefined;
  };
  const prepare = async (): Promise<OpenLine> => {
    if (open?.channel.active) {
      if (await answers(open.channel)) {
        confirmedMs = nowMs();
        return open;
      }
      drop();
    }
    connection ??= connected();
    open = await openLine(connection);
    confirmedMs = nowMs();
    return open;
  };

  return {
    ready() {
      if (open?.channel.active && nowMs() - confirmedMs < TRUSTED_MS) return open;
      opening ??= prepare().finally(() => {
        opening = undefined;
      });
      return opening;
    },
    confirmed() {
      confirmedMs = nowMs();
      fault = undefined;
    },
    note(error) {
      fault ??= error;
    },
    trouble: () => blocked ?? (fault === undefined ? undefined : String(fault)),
    distrust() {
      const isSilent = nowMs() - confirmedMs >= timeoutMs;
      if (open?.channel.active && isSilent && blocked === undefined) drop();
    },
    async close() {
      await opening?.catch(() => undefined);
      if (connection) await closeConnection(connection, timeoutMs, open ? [open.channel] : []);
    },
  };
}

export const returnKey = (routingKey: string, messageId = ''): string =>
  `${routingKey} ${messageId}`;

async function openLine(connection: Connection): Promise<OpenLine> {
  const channel = await connection.acquire({ emitErrorsFromChannel: true });
  const returned = new Set<string>();
  // Whoever publishes is told by the rejection.
  channel.on('error', () => undefined);
  channel.on('basic.return', ({ routingKey, messageId }) => {
    returned.add(returnKey(routingKey, messageId));
  });
  try {
    await declareBus(channel);
    await channel.confirmSelect();
  } catch (error) {
    void channel.close();
    throw error;
  }
  return { channel, returned };
}

/** Any question will do that changes nothing. */
async function answers(channel: Channel): Promise<boolean> {
  try {
    await inTime(channel.basicQos({ prefetchCount: 0 }), ANSWER_MS, () => 'no answer');
    return true;
  } catch {
    return false;
  }
}
