import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import rhea, { type Sender } from 'rhea';

/**
 * The two ends of what is measured: AMQP 1.0 sources of which each address has messages of its own, and a
 * target that takes a message, or a batch, with 200. `GET /run?address=…&count=…` gives that address so
 * many messages and answers with the seconds until the last was accepted.
 */
const senders = new Map<string, Sender>();
const left = new Map<string, number>();
const accepted = new Map<string, (count: number) => void>();

const container = rhea.create_container();
container.sasl_server_mechanisms.enable_plain(() => true);
container.on('sender_open', ({ sender }) => {
  const address = String(sender?.source?.address);
  sender?.set_source({ address });
  if (sender) senders.set(address, sender);
});
container.on('sendable', ({ sender }) => sender && send(sender));
container.on('accepted', ({ sender }) => {
  if (sender) accepted.get(String(sender.source.address))?.(1);
});
container.on('disconnected', () => undefined);

const sending = new Set<Sender>();

function send(sender: Sender): void {
  if (sending.has(sender)) return;
  sending.add(sender);
  const address = String(sender.source.address);
  setImmediate(() => {
    sending.delete(sender);
    // Credit is counted down as messages leave, which is behind this loop.
    for (let credit: number = Reflect.get(sender, 'credit'); credit > 0; credit -= 1) {
      const waiting = left.get(address) ?? 0;
      if (waiting === 0) return;
      left.set(address, waiting - 1);
      sender.send(messageOf(waiting));
    }
  });
}

const TOPIC = '/a1TestProd01/dev_001/thing/event/property/post';
const BODY = Buffer.from(
  '{"deviceType":"CustomCategory","iotId":"kQ7xTestIotId0001","requestId":"17","checkFailedData":{},"productKey":"a1TestProd01","gmtCreate":1700000000010,"deviceName":"dev_001","items":{"Temp":{"value":21.5,"time":1700000000000}}}',
);

let sent = 0;
function messageOf(waiting: number) {
  sent += 1;
  const messageId = `89268762791${String(sent).padStart(8, '0')}`;
  return {
    message_id: messageId,
    application_properties: { topic: TOPIC, messageId, generateTime: 1_700_000_000_000 + waiting },
    body: rhea.message.data_section(BODY),
  };
}

function run(address: string, count: number): Promise<number> {
  const startNs = process.hrtime.bigint();
  const sender = senders.get(address);
  if (!sender) throw new Error(`nobody takes from ${address}`);
  return new Promise((resolve) => {
    let missing = count;
    accepted.set(address, () => {
      missing -= 1;
      if (missing === 0) resolve(Number(process.hrtime.bigint() - startNs) / 1e9);
    });
    left.set(address, count);
    send(sender);
  });
}

const amqp = container.listen({ port: 0, host: '127.0.0.1' });
const http = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  for await (const _ of request);
  if (url.pathname === '/ports') {
    response.end(String((amqp.address() as AddressInfo).port));
  } else if (url.pathname === '/run') {
    const { address = '', count } = Object.fromEntries(url.searchParams);
    response.end(String(await run(address, Number(count))));
  } else {
    response.writeHead(200, { 'Content-Length': 2 }).end('{}');
  }
});
// Idle connections stay: a receiver waits while the other one is measured.
http.keepAliveTimeout = 0;
http.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready ${(http.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => process.exit(0));
