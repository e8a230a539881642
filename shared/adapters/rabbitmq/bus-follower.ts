import type { Delivery, FollowOptions } from '../../ports/message-bus.ts';
import type { Running } from './bus-consumer.ts';
import { type IntakeParts, startIntake } from './bus-intake.ts';
import { messageOf } from './bus-message.ts';
import { declareLive, liveQueueOf } from './bus-queues.ts';

export type Followed = FollowOptions & { consumer: string; take: (delivery: Delivery) => void };

/** Of one queue: a follower has neither retries nor a backlog. */
export function startFollower(parts: IntakeParts, { consumer, take, window }: Followed): Running {
  const queue = liveQueueOf(consumer);
  let begun = (): void => undefined;
  const registered = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const intake = startIntake(parts, {
    queue,
    prefetch: window,
    declare: (channel) => declareLive(channel, queue),
    take: (taken) => take({ message: messageOf(taken.parcel), settle: taken.done }),
    onBegin: begun,
  });
  return {
    registered,
    held: () => ({ unread: intake.held(), retrying: 0 }),
    stop: intake.stop,
  };
}
