import type { AsyncMessage, Channel, Connection } from 'rabbitmq-client';
import type { Log } from '../../ports/log.ts';
import { type Parcel, readParcel } from './bus-message.ts';
import { inTime } from './in-time.ts';
import { closeChannel } from './use-channel.ts';

/** A message that the broker keeps for as long as it is neither done with nor put back. */
export type Taken = {
  parcel: Parcel;
  /** Without effect once the connection was lost: it comes again then, whatever becomes of it here. */
  done(): void;
  /** Back to where it lay in its queue, from where it comes again at once. */
  putBack(): void;
  isLost(): boolean;
};

export type IntakeParts = {
  connect(): Connection;
  log: Log;
  timeoutMs: number;
};

export type IntakeOptions = {
  queue: string;
  /** Messages that may be out at a time. */
  prefetch: number;
  /** Before every beginning: somebody may have deleted the queue. */
  declare(channel: Channel): Promise<void>;
  take(taken: Taken): void;
  /** At the first beginning, and whenever it has begun again. */
  onBegin?(): void;
};

export type Intake = {
  /** Messages that are out. */
  held(): number;
  /** What is still out goes back into the queue. */
  stop(): Promise<void>;
};

const BEGIN_AGAIN_MS = 300;

/** Takes messages from a queue, and begins again whenever the channel or the connection is lost. */
export function startIntake(parts: IntakeParts, options: IntakeOptions): Intake {
  const { connect, log, timeoutMs } = parts;
  const { queue, prefetch, declare, onBegin } = options;
  let channel: Channel | undefined;
  let isStopped = false;
  let held = 0;
  let again: NodeJS.Timeout | undefined;
  let told: string | undefined;

  /** Once, however often it is tried again. */
  const tell = (error: unknown) => {
    const reason = String(error);
    if (reason !== told) log.warn({ queue, reason }, 'a queue cannot be consumed');
    told = reason;
  };
  const beginAgain = () => {
    held = 0;
    if (!isStopped) again = setTimeout(() => void begin(), BEGIN_AGAIN_MS);
  };
  const count = (by: number) => {
    held += by;
  };
  const consume = async (opened: Channel) => {
    opened.on('error', tell);
    opened.once('close', beginAgain);
    // The queue was deleted.
    opened.once('basic.cancel', () => void opened.close());
    await declare(opened);
    await opened.basicQos({ prefetchCount: prefetch });
    await opened.basicConsume({ queue }, (message) => {
      const taken = takenOf(opened, message, count);
      if (taken) options.take(taken);
      else if (opened.active) throwAway(opened, message, parts);
    });
  };
  const begin = async () => {
    const opened = await acquire(connect);
    if (opened === undefined) return beginAgain();
    channel = opened;
    if (isStopped) return closeChannel(opened, timeoutMs);
    try {
      await consume(opened);
      told = undefined;
      onBegin?.();
    } catch (error) {
      if (!isStopped) tell(error);
      await closeChannel(opened, timeoutMs);
    }
  };

  const beginning = begin();
  return {
    held: () => held,
    async stop() {
      isStopped = true;
      clearTimeout(again);
      await inTime(beginning, timeoutMs, () => 'not begun').catch(() => undefined);
      if (channel) await closeChannel(channel, timeoutMs);
    },
  };
}

/** Undefined if there is none in time: the connection has logged why. */
async function acquire(connect: () => Connection): Promise<Channel | undefined> {
  try {
    return await connect().acquire({ emitErrorsFromChannel: true });
  } catch {
    return undefined;
  }
}

function takenOf(
  channel: Channel,
  message: AsyncMessage,
  count: (by: number) => void,
): Taken | undefined {
  const parcel = readParcel(message);
  if (!channel.active || parcel === undefined) return undefined;
  const { deliveryTag } = message;
  let isOut = true;
  count(1);
  const settle = (tell: () => void) => {
    if (!isOut || !channel.active) return;
    isOut = false;
    count(-1);
    tell();
  };
  return {
    parcel,
    done: () => settle(() => channel.basicAck({ deliveryTag })),
    putBack: () => settle(() => channel.basicNack({ deliveryTag, requeue: true })),
    isLost: () => !channel.active,
  };
}

/** No message of the bus: somebody else put it there, and nobody here could read it. */
function throwAway(
  channel: Channel,
  { deliveryTag, routingKey }: AsyncMessage,
  { log }: IntakeParts,
) {
  log.error({ routingKey }, 'a message that is not of Mooring is thrown away');
  channel.basicAck({ deliveryTag });
}
