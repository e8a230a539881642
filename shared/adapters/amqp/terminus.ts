/** Of a link: what address it asks for, and how. */
export type Terminus = { address: string; durable?: number };

/**
 * RabbitMQ makes the queue of `/queue/NAME`, a durable one if it is asked for that, and refuses one that is
 * there with other properties, as a dead-letter exchange.
 */
export function terminusOf(address: string): Terminus {
  return isMadeQueue(address) ? { address, durable: UNSETTLED_STATE } : { address };
}

/** The same queue, which has to be there: whatever its properties are. */
export function existingQueueOf(address: string | undefined): string | undefined {
  return address !== undefined && isMadeQueue(address) ? `/amq${address}` : undefined;
}

const isMadeQueue = (address: string): boolean => address.startsWith('/queue/');

/** `terminus-durability`, AMQP 1.0, 3.5.5. */
const UNSETTLED_STATE = 2;
