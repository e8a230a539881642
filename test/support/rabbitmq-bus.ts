import { Connection } from 'rabbitmq-client';

const KINDS = ['', '.backlog', '.retry', '.dead'];

function queuesOf(consumers: readonly string[]): string[] {
  return consumers.flatMap((name) => KINDS.map((kind) => `mooring.${name}${kind}`));
}

/** Deletes everything that a bus has declared for these consumers, while none is open. */
export async function clearBus(url: string, consumers: readonly string[]): Promise<void> {
  await withConnection(url, async (connection) => {
    for (const queue of [...queuesOf(consumers), 'mooring.unclaimed']) {
      await connection.queueDelete({ queue });
    }
    for (const exchange of ['mooring.messages', 'mooring.unclaimed']) {
      await connection.exchangeDelete({ exchange });
    }
  });
}

/** Who consumes from a queue, and how many messages wait in it that nobody has taken. */
export async function inspectQueue(url: string, queue: string) {
  return withConnection(url, (connection) => connection.queueDeclare({ queue, passive: true }));
}

export async function withConnection<T>(
  url: string,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = new Connection({ url });
  // Whoever uses it is told by the rejection.
  connection.on('error', () => undefined);
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
