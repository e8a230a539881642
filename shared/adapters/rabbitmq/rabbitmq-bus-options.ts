import type { Log } from '../../ports/log.ts';

export type RabbitmqBusOptions = {
  /** Holds a password. */
  url: string;
  nowMs(): number;
  log: Log;
  /** Of a publish, with the connecting or a restart of the broker. Default 5 s: devices wait no longer. */
  timeoutMs?: number;
  /** How long before a consumer begins a message may have been published that is not put behind later ones. Default 10 s. */
  backlogAfterMs?: number;
};
