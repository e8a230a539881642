import type { Downlink } from '../../ports/downlink.ts';

/** Where no broker is configured: nothing can be sent, and nobody is connected. */
export function createNoDownlink(): Downlink {
  return {
    publish: refuse,
    broadcast: refuse,
    connectedDevices: async () => undefined,
    disconnect: async () => undefined,
    liveness: async () => 'unknown',
    close: async () => undefined,
  };
}

async function refuse(): Promise<never> {
  throw new Error('no broker is configured: set MOORING_DOWNLINK to emqx, rabbitmq or aliyun');
}
