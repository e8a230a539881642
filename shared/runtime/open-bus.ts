import { createRabbitmqBus } from '../adapters/rabbitmq/rabbitmq-bus.ts';
import type { Log } from '../ports/log.ts';
import type { MessageBus } from '../ports/message-bus.ts';
import type { Config } from './config.ts';

type BusOptions = Pick<Config, 'dataDir' | 'sync' | 'busUrl'> & { nowMs: () => number; log: Log };

/** What `#bus` exports as `openFunctionBus`, whichever bus the bundle is built for. */
type OpenFunctionBus = (options: BusOptions) => MessageBus;

/** The bus that MOORING_BUS names, and without it the one that the bundle is built for. */
export function openBus(
  openOwn: OpenFunctionBus,
  { config, nowMs, log }: { config: Config; nowMs: () => number; log: Log },
): MessageBus {
  const { busUrl } = config;
  if (busUrl === undefined) return openOwn({ ...config, nowMs, log });
  return createRabbitmqBus({ url: busUrl, nowMs, log });
}
