import { once } from 'node:events';
import rhea, { type Sender } from 'rhea';

/**
 * Messages a second from a bare rhea sender to a bare rhea receiver: `inFlight` are out at a time, and
 * each acceptance sends the next, as the connections of the HTTP load do.
 */
export async function sendBare(load: {
  port: number;
  inFlight: number;
  durationMs: number;
  body: Buffer;
}): Promise<number> {
  const container = rhea.create_container();
  container.on('disconnected', () => undefined);
  const connection = container.connect({ host: '127.0.0.1', port: load.port, reconnect: false });
  const sender = connection.open_sender('queue');
  await once(sender, 'sendable');
  const startedMs = performance.now();
  const endAtMs = startedMs + load.durationMs;
  const accepted = await new Promise<number>((resolve) => {
    let count = 0;
    const message = messageOf(load.body);
    sender.on('accepted', () => {
      count += 1;
      if (performance.now() < endAtMs) sender.send(message);
      else resolve(count);
    });
    for (let sent = 0; sent < load.inFlight; sent += 1) sender.send(message);
  });
  const perSecond = accepted / ((performance.now() - startedMs) / 1000);
  await close(sender);
  return perSecond;
}

/** As the platform's messages are. */
function messageOf(body: Buffer) {
  return {
    message_id: '912152731812436416',
    application_properties: {
      topic: '/a1TestProd01/device-1000/thing/event/property/post',
      messageId: '912152731812436416',
      generateTime: rhea.types.wrap_long(1795310987309),
    },
    body: rhea.message.data_section(body),
  };
}

async function close({ connection }: Sender): Promise<void> {
  const closed = once(connection, 'connection_close');
  connection.close();
  await closed;
}
