import { withDeadline } from '../../ports/call-deadline.ts';
import type { DeadLetterSink, ForwardedDeadLetter } from '../../ports/dead-letter-sink.ts';
import type { AmqpCredentials, AmqpEndpoint } from './amqp-endpoint.ts';
import type { AmqpSender, OutgoingMessage } from './amqp-sender.ts';
import type { ConnectionEnd } from './rhea-connection.ts';
import { existingQueueOf } from './terminus.ts';

type AmqpDeadLettersOptions = {
  endpoint: AmqpEndpoint;
  login(): AmqpCredentials | Promise<AmqpCredentials>;
  address: string;
  clientId: string;
  nowMs(): number;
};

/** Of one letter, with the connecting. */
const TIMEOUT_MS = 10_000;
/** A server that did not let us in is left alone for so long. */
const AFTER_FAULT_MS = 5000;

/**
 * Dead letters to an AMQP 1.0 address: the body as it came, and in the application properties `topic`,
 * `messageId`, `generateTime`, `reason`, `rule` and `attempts`. Connects at the first one.
 */
export function createAmqpDeadLetters(options: AmqpDeadLettersOptions): DeadLetterSink {
  const { nowMs } = options;
  let opened: Promise<AmqpSender> | undefined;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  let { address } = options;
  let isOtherQueue = false;
  const forget = (end?: ConnectionEnd): void => {
    opened = undefined;
    isOtherQueue = end?.isOtherQueue === true;
  };
  const openOnce = async (): Promise<AmqpSender> => {
    const { RHEA_LINKS } = await import('./rhea-links.ts');
    const credentials = await options.login();
    return RHEA_LINKS.openAmqpSender({ ...options, address, credentials }, forget);
  };
  const open = async (): Promise<AmqpSender> => {
    try {
      return await openOnce();
    } catch (error) {
      const existing = isOtherQueue ? existingQueueOf(address) : undefined;
      if (existing === undefined) throw error;
      address = existing;
      return openOnce();
    }
  };
  const send = async (letter: ForwardedDeadLetter): Promise<void> => {
    if (!opened && nowMs() - failedAtMs < AFTER_FAULT_MS) throw new Error(NOT_AGAIN);
    opened ??= open().catch((error: unknown) => {
      failedAtMs = nowMs();
      forget();
      throw error;
    });
    const sender = await opened;
    await sender.send(outgoing(letter));
  };
  return {
    put: (letter) => withDeadline(send(letter), TIMEOUT_MS),
    close: async () => {
      const sender = await opened?.catch(() => undefined);
      await sender?.close();
    },
  };
}

function outgoing({ message, reason, rule, attempts }: ForwardedDeadLetter): OutgoingMessage {
  const { messageId, topic, generateTimeMs, body } = message;
  const time = generateTimeMs === null ? {} : { generateTime: generateTimeMs };
  return { messageId, body, properties: { topic, messageId, ...time, reason, rule, attempts } };
}

const NOT_AGAIN = 'the server of the dead letters could not be reached a moment ago';
