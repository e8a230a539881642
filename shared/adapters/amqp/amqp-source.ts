import type { Log } from '../../ports/log.ts';
import {
  type MessageSource,
  RELEASED,
  type SourceDelivery,
  type SourceStatus,
} from '../../ports/message-source.ts';
import type { AmqpCredentials, AmqpEndpoint } from './amqp-endpoint.ts';
import type { AmqpReceiver } from './amqp-receiver.ts';
import { createReconnectSchedule } from './reconnect-schedule.ts';
import type { ConnectionEnd } from './rhea-connection.ts';
import { existingQueueOf } from './terminus.ts';

export type AmqpSourceOptions = {
  endpoint: AmqpEndpoint;
  /** Asked at each attempt, so that a signature is always fresh. Rejects where there is no access key. */
  login(): AmqpCredentials | Promise<AmqpCredentials>;
  /** Undefined: none, as a consumer group wants it. */
  address?: string;
  clientId: string;
  /** Runs `run` after `ms`; returns what calls it off. */
  later(run: () => void, ms: number): () => void;
  /** From 0 up to 1. */
  randomFraction(): number;
  makeId(): string;
  nowMs(): number;
  log: Log;
};

/** A consumer group of the platform, a queue of RabbitMQ, or any other address of AMQP 1.0. Loads rhea when it is started. */
export function createAmqpSource(options: AmqpSourceOptions): MessageSource {
  const { log, nowMs, later } = options;
  const schedule = createReconnectSchedule(options.randomFraction);
  const place = {
    host: options.endpoint.host,
    port: options.endpoint.port,
    address: options.address,
  };
  let take: (delivery: SourceDelivery) => void = (delivery) => delivery.settle(RELEASED);
  let status: SourceStatus = 'connecting';
  let receiver: AmqpReceiver | undefined;
  let openedAtMs: number | undefined;
  let room = 0;
  let isPaused = false;
  let { address } = options;
  let callOff: () => void = () => undefined;

  const onOpen = (): void => {
    if (status === 'stopped') return;
    status = 'connected';
    openedAtMs = nowMs();
    log.info(place, 'the source is connected');
    receiver?.allow(isPaused ? 0 : room);
  };
  const onEnd = (end: ConnectionEnd): void => {
    if (status === 'stopped') return;
    receiver = undefined;
    status = end.isRefused ? 'refused' : 'connecting';
    const openForMs = openedAtMs === undefined ? 0 : nowMs() - openedAtMs;
    openedAtMs = undefined;
    if (end.isOtherQueue) address = existingQueueOf(address) ?? address;
    const delayMs = Math.round(schedule.nextDelayMs(end, openForMs));
    const { reason } = end;
    if (end.isRefused) log.error({ ...place, reason, delayMs }, 'the source refuses us');
    else log.warn({ ...place, reason, delayMs }, 'the source is lost');
    callOff = later(connect, delayMs);
  };
  const connect = (): void => {
    open().catch((error: unknown) => onEnd({ reason: String(error), isRefused: true }));
  };
  const open = async (): Promise<void> => {
    const { RHEA_LINKS } = await import('./rhea-links.ts');
    const credentials = await options.login();
    if (status === 'stopped') return;
    receiver = RHEA_LINKS.openAmqpReceiver(
      { ...options, credentials, ...(address !== undefined && { address }) },
      {
        onOpen,
        onEnd,
        onDelivery: (delivery) => (isPaused ? delivery.settle(RELEASED) : take(delivery)),
      },
    );
  };
  return {
    start: (given) => {
      take = given;
      connect();
    },
    allow: (messages) => {
      room = messages;
      if (status === 'connected' && !isPaused) receiver?.allow(messages);
    },
    pause: () => {
      isPaused = true;
      receiver?.pause();
    },
    status: () => status,
    stop: async () => {
      status = 'stopped';
      callOff();
      await receiver?.close();
    },
  };
}
