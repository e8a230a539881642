import { type Intake, type IntakeParts, startIntake, type Taken } from './bus-intake.ts';
import type { Publisher } from './bus-publisher.ts';
import { declareBus, EXCHANGE, UNCLAIMED } from './bus-queues.ts';

const PREFETCH = 500;

/**
 * Hands what was published while no consumer had registered to all those that have by now. Goes on for as
 * long as somebody consumes: a publisher may have been on its way there while the first one registered.
 */
export function claimUnclaimed(parts: IntakeParts & { publisher: Publisher }): Intake {
  const { publisher, log } = parts;
  const claim = async (taken: Taken) => {
    try {
      await publisher.send(taken.parcel, { exchange: EXCHANGE, routingKey: '' });
      taken.done();
    } catch (error) {
      log.warn({ queue: UNCLAIMED, reason: String(error) }, 'a message cannot be claimed');
      taken.putBack();
    }
  };
  return startIntake(parts, {
    queue: UNCLAIMED,
    prefetch: PREFETCH,
    declare: declareBus,
    take: (taken) => void claim(taken),
  });
}
