import { openAliyunDownlink } from '../adapters/aliyun/aliyun-downlink.ts';
import { createEmqxDownlink } from '../adapters/emqx/emqx-downlink.ts';
import { createNoDownlink } from '../adapters/none/no-downlink.ts';
import { createRabbitmqDownlink } from '../adapters/rabbitmq/rabbitmq-downlink.ts';
import type { Downlink } from '../ports/downlink.ts';
import type { Log } from '../ports/log.ts';
import { type Config, ConfigError } from './config.ts';
import { aliyunCredentials } from './role-credentials.ts';

type OpenDownlinkOptions = { config: Config; log: Log; nowMs: () => number };

/**
 * The way to devices that is configured; none unless one is. Connects at the first message.
 * @throws ConfigError that names what is missing for it, and for `embedded`.
 */
export function openDownlink({ config, log, nowMs }: OpenDownlinkOptions): Downlink {
  switch (config.downlink) {
    case 'emqx':
      return createEmqxDownlink(emqxOf(config));
    case 'rabbitmq':
      return createRabbitmqDownlink({ url: rabbitmqUrlOf(config), log });
    case 'aliyun': {
      const { aliyun } = config;
      return openAliyunDownlink({ aliyun, credentials: aliyunCredentials(aliyun), log, nowMs });
    }
    case 'embedded':
      throw new ConfigError(
        'MOORING_DOWNLINK=embedded goes with the local stack alone; example: MOORING_DOWNLINK=emqx',
      );
    default:
      return createNoDownlink();
  }
}

function emqxOf({ brokers }: Config) {
  const { endpoint, apiKey, apiSecret } = brokers.emqx;
  if (endpoint !== undefined && apiKey !== undefined && apiSecret !== undefined) {
    return { endpoint, apiKey, apiSecret };
  }
  throw new ConfigError(
    'MOORING_DOWNLINK=emqx needs MOORING_EMQX_ENDPOINT, MOORING_EMQX_API_KEY and MOORING_EMQX_API_SECRET; example: MOORING_EMQX_ENDPOINT=http://127.0.0.1:18083',
  );
}

function rabbitmqUrlOf({ brokers }: Config): string {
  if (brokers.rabbitmqUrl !== undefined) return brokers.rabbitmqUrl;
  throw new ConfigError(
    'MOORING_DOWNLINK=rabbitmq needs MOORING_RABBITMQ_URL; example: MOORING_RABBITMQ_URL=amqp://mooring:secret@127.0.0.1:5672',
  );
}
