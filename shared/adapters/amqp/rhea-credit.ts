import type { Receiver } from 'rhea';

/** The member of rhea's receivers that its typings leave out: what the next flow gives as link credit. */
const CREDIT = 'credit';

/** Lets so many messages come from now on; 0 takes the credit back, which rhea has no call for. */
export function grantCredit(receiver: Receiver, messages: number): void {
  Reflect.set(receiver, CREDIT, messages - 1);
  receiver.add_credit(1);
}

/**
 * To be called behind each message: rhea prints a line about every one that comes without credit, and
 * RabbitMQ 3.10 sends some of these whenever credit reaches it between two messages. What is left here is
 * less than a message, and gone with the next credit.
 */
export function tolerateSurplus(receiver: Receiver): void {
  if (Number(Reflect.get(receiver, CREDIT)) <= 0) Reflect.set(receiver, CREDIT, LESS_THAN_ONE);
}

const LESS_THAN_ONE = 0.5;
