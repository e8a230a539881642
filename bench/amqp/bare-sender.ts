import { once } from 'node:events';
import rhea, { type Sender } from 'rhea';

export type BareLoad = {
  port: number;
  connections: number;
  /** Messages of a connection that are sent and not accepted yet. */
  inFlight: number;
  durationMs: number;
  body: Buffer;
};

/**
 * Messages a second from bare rhea senders to a bare rhea receiver. On each connection an acceptance sends
 * the next message.
 */
export async function sendBare(load: BareLoad): Promise<number> {
  const { port, connections, durationMs, body } = load;
  const senders = await Promise.all(Array.from({ length: connections }, () => openSender(port)));
  const startedMs = performance.now();
  const endAtMs = startedMs + durationMs;
  const run = { message: messageOf(body), endAtMs, inFlight: load.inFlight };
  const accepted = await Promise.all(senders.map((sender) => sendUntil(sender, run)));
  const seconds = (performance.now() - startedMs) / 1000;
  await Promise.all(senders.map(close));
  return accepted.reduce((sum, count) => sum + count, 0) / seconds;
}

async function openSender(port: number): Promise<Sender> {
  const container = rhea.create_container();
  container.on('disconnected', () => undefined);
  const connection = container.connect({ host: '127.0.0.1', port, reconnect: false });
  const sender = connection.open_sender('queue');
  await once(sender, 'sendable');
  return sender;
}

type Run = { message: ReturnType<typeof messageOf>; endAtMs: number; inFlight: number };

function sendUntil(sender: Sender, { message, endAtMs, inFlight }: Run): Promise<number> {
  return new Promise((resolve) => {
    let count = 0;
    let out = 0;
    const send = () => {
      sender.send(message);
      out += 1;
    };
    sender.on('accepted', () => {
      count += 1;
      out -= 1;
      if (performance.now() < endAtMs) send();
      else if (out === 0) resolve(count);
    });
    while (out < inFlight) send();
  });
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
