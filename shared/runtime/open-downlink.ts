import { createNoDownlink } from '../adapters/none/no-downlink.ts';
import type { Downlink } from '../ports/downlink.ts';
import type { Log } from '../ports/log.ts';
import type { Config } from './config.ts';

type OpenDownlinkOptions = { config: Config; log: Log; nowMs: () => number };

/** The way to devices that is configured; none unless one is. Connects at the first message. */
export function openDownlink({ config }: OpenDownlinkOptions): Downlink {
  switch (config.downlink) {
    case 'emqx':
    case 'rabbitmq':
    case 'aliyun':
      throw new Error(`MOORING_DOWNLINK=${config.downlink} is not built in yet`);
    case 'embedded':
      throw new Error('MOORING_DOWNLINK=embedded goes with the local stack alone');
    default:
      return createNoDownlink();
  }
}
