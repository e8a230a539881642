import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import rhea, { type Connection, type Delivery, type EventContext, type Sender } from 'rhea';
import { amqpLogin } from '../../shared/core/signing/amqp-login.ts';

type GroupMessage = {
  messageId: string;
  topic: string;
  body: string | Buffer;
  generateTime?: number;
  /** Sent before. */
  deliveryCount?: number;
  /** In the place of all else. */
  raw?: Buffer;
};

type Outcome = 'accepted' | 'released' | 'rejected' | 'modified';

/** A consumer group as rhea serves it: sends within the credit, and again what comes back. */
export type AmqpGroup = {
  port: number;
  publish(...messages: readonly GroupMessage[]): void;
  /** A message of exactly these bytes. */
  publishRaw(messageId: string, bytes: Buffer): void;
  /** Every outcome of a message, in order. */
  outcomes(messageId: string): readonly Outcome[];
  count(outcome: Outcome): number;
  /** Why messages were rejected. */
  rejections: string[];
  /** Messages that wait or are out. */
  left(): number;
  /** Most that were out at a time. */
  mostOut(): number;
  /** What clients signed in with, wrong logins included. */
  logins: string[];
  opened: { idleTimeoutMs: number | undefined; address: unknown }[];
  /** Messages that clients sent. */
  received: { topic: unknown; reason: unknown; body: string }[];
  /** Cuts every connection off. */
  cut(): void;
  stop(): Promise<void>;
};

export const GROUP_KEY = { accessKeyId: 'akTest01', accessKeySecret: 'skTest01' };

type Options = { redeliverMs?: number; port?: number; refuse?: () => boolean };

/** Lets in who signs with GROUP_KEY for the group `group1`, and `guest` with the password `geheim`. */
export async function startAmqpGroup(options: Options = {}): Promise<AmqpGroup> {
  const { redeliverMs = 50 } = options;
  const container = rhea.create_container();
  const waiting: GroupMessage[] = [];
  const out = new Map<Delivery, GroupMessage>();
  const outcomes: { messageId: string; outcome: Outcome }[] = [];
  const senders = new Set<Sender>();
  const sockets = new Set<Socket>();
  const group: Omit<AmqpGroup, 'port' | 'stop'> = {
    publish: (...messages) => {
      waiting.push(...messages);
      pump();
    },
    publishRaw: (messageId, raw) => group.publish({ messageId, topic: '', body: '', raw }),
    outcomes: (messageId) =>
      outcomes.filter((one) => one.messageId === messageId).map(({ outcome }) => outcome),
    count: (outcome) => outcomes.filter((one) => one.outcome === outcome).length,
    rejections: [],
    left: () => waiting.length + out.size,
    mostOut: () => most,
    logins: [],
    opened: [],
    received: [],
    cut: () => {
      for (const socket of sockets) socket.destroy(new Error('cut'));
    },
  };
  let most = 0;
  const pump = (): void => {
    setImmediate(() => {
      for (const sender of senders) {
        // Credit is counted down as messages leave, which is behind this loop.
        for (let left: number = Reflect.get(sender, 'credit'); left > 0; left -= 1) {
          if (!sender.sendable()) break;
          const message = waiting.shift();
          if (message) out.set(send(sender, message), message);
          most = Math.max(most, out.size);
        }
      }
    });
  };
  const settle = (outcome: Outcome) => (context: EventContext) => {
    const { delivery } = context;
    const message = delivery && out.get(delivery);
    if (!delivery || !message) return;
    out.delete(delivery);
    outcomes.push({ messageId: message.messageId, outcome });
    if (outcome === 'rejected')
      group.rejections.push(String(delivery.remote_state?.['error']?.description));
    else if (outcome !== 'accepted') setTimeout(() => group.publish(again(message)), redeliverMs);
    pump();
  };
  const leave = ({ connection }: { connection: Connection }): void => {
    for (const sender of senders) if (sender.connection === connection) senders.delete(sender);
    for (const [delivery, message] of out) {
      if (delivery.link.connection !== connection) continue;
      out.delete(delivery);
      waiting.push(again(message));
    }
  };
  container.sasl_server_mechanisms.enable_plain((username: string, password: string) => {
    group.logins.push(username);
    return options.refuse?.() !== true && isKnown(username, password);
  });
  container.on('connection_open', ({ connection }) => {
    group.opened.push({ idleTimeoutMs: connection.idle_time_out, address: undefined });
  });
  container.on('sender_open', ({ sender }) => {
    if (!sender) return;
    const last = group.opened.at(-1);
    if (last) last.address = sender.source?.address;
    sender.set_source({ address: sender.source?.address ?? 'default' });
    senders.add(sender);
    pump();
  });
  container.on('sendable', pump);
  for (const outcome of ['accepted', 'released', 'rejected', 'modified'] as const) {
    container.on(outcome, settle(outcome));
  }
  container.on('sender_draining', ({ sender }) => sender?.set_drained(true));
  container.on('message', ({ message }) => {
    const { topic, reason } = message?.application_properties ?? {};
    group.received.push({ topic, reason, body: String(message?.body.content) });
  });
  // Behind the outcomes that came with the close.
  const leaveSoon = (context: EventContext) => void setImmediate(() => leave(context));
  for (const event of ['disconnected', 'connection_close']) container.on(event, leaveSoon);
  for (const event of ['connection_error', 'error', 'protocol_error']) {
    container.on(event, () => undefined);
  }
  const server = container.listen({ port: options.port ?? 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server, 'listening');
  return Object.assign(group, {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  });
}

function send(sender: Sender, message: GroupMessage): Delivery {
  return message.raw ? sender.send(message.raw, undefined, 0) : sender.send(encode(message));
}

const again = (message: GroupMessage): GroupMessage => ({
  ...message,
  deliveryCount: (message.deliveryCount ?? 0) + 1,
});

function encode({
  messageId,
  topic,
  body,
  generateTime = 1_700_000_000_000,
  deliveryCount,
}: GroupMessage) {
  return {
    message_id: messageId,
    application_properties: { topic, messageId, generateTime: rhea.types.wrap_long(generateTime) },
    body: rhea.message.data_section(Buffer.from(body)),
    ...(deliveryCount !== undefined && { delivery_count: deliveryCount }),
  };
}

function isKnown(username: string, password: string): boolean {
  if (username === 'guest') return password === 'geheim';
  const [, clientId = '', timestamp] = /^([^|]+)\|.*timestamp=(\d+)/.exec(username) ?? [];
  const consumer = { ...GROUP_KEY, clientId, consumerGroupId: 'group1' };
  const login = amqpLogin(consumer, Number(timestamp));
  return username === login.username && password === login.password;
}
