import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import rhea from 'rhea';

export type CountingConsumer = { received(): number; close(): Promise<void> };

/** A consumer of the platform's, which counts. */
export async function startCounting(options: {
  port: number;
  accessKeyId: string;
  accessKeySecret: string;
}): Promise<CountingConsumer> {
  const { port, accessKeyId, accessKeySecret } = options;
  const container = rhea.create_container();
  let received = 0;
  container.on('message', () => {
    received += 1;
  });
  container.on('disconnected', () => undefined);
  const connection = container.connect({
    host: '127.0.0.1',
    port,
    reconnect: false,
    idle_time_out: 60_000,
    username: `bench|authMode=aksign,signMethod=hmacsha1,timestamp=1,authId=${accessKeyId},consumerGroupId=DEFAULT_GROUP|`,
    password: createHmac('sha1', accessKeySecret)
      .update(`authId=${accessKeyId}&timestamp=1`)
      .digest('base64'),
  });
  const receiver = connection.open_receiver();
  await once(receiver, 'receiver_open');
  return {
    received: () => received,
    close: async () => {
      const closed = once(connection, 'connection_close');
      connection.close();
      await closed;
    },
  };
}
