import type { Message } from '../../shared/model/message.ts';
import type { MessageBus } from '../../shared/ports/message-bus.ts';

/** What was published and not drained yet. Publishes a last message of its own, to know the end. */
export async function drainBus(bus: MessageBus): Promise<Message[]> {
  const drained: Message[] = [];
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const consumption = bus.consume('test', async (batch) => {
    drained.push(...batch.filter(({ messageId }) => messageId !== LAST.messageId));
    if (batch.some(({ messageId }) => messageId === LAST.messageId)) end();
    return [];
  });
  await bus.publish(LAST);
  await ended;
  await consumption.stop();
  return drained;
}

/** The body of a message that holds JSON. */
export function jsonBodyOf(message: Message): unknown {
  return JSON.parse(Buffer.from(message.body).toString('utf8'));
}

const LAST: Message = {
  messageId: '0',
  kind: 'uplink',
  topic: '/end',
  productKey: '',
  deviceName: '',
  iotId: '',
  generateTimeMs: 0,
  transport: 'http',
  body: new Uint8Array(),
};
