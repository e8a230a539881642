import { openAmqpReceiver } from './amqp-receiver.ts';
import { openAmqpSender } from './amqp-sender.ts';

/** What is loaded late: receivers and senders in one module, so that there is one rhea for both. */
export const RHEA_LINKS = { openAmqpReceiver, openAmqpSender };
