import type { BroadcastMessage, Downlink, DownlinkMessage } from '../../ports/downlink.ts';

export type MemoryDownlink = Downlink & {
  /** Everything that was sent, stored or broadcast, in order. */
  readonly published: readonly (DownlinkMessage | BroadcastMessage)[];
  readonly disconnected: readonly string[];
  /** `${productKey}/${deviceName}` of the devices that are there. */
  readonly connected: Set<string>;
};

/** A way to devices that ends here. A device that is away gets messages of QoS 1 stored, as on a broker that keeps sessions. */
export function createMemoryDownlink(): MemoryDownlink {
  const published: (DownlinkMessage | BroadcastMessage)[] = [];
  const disconnected: string[] = [];
  const connected = new Set<string>();
  return {
    published,
    disconnected,
    connected,
    publish: async (message) => {
      const isThere = connected.has(`${message.productKey}/${message.deviceName}`);
      if (!isThere && (message.qos === 0 || message.isTransient)) return 'offline';
      published.push(message);
      return isThere ? 'sent' : 'stored';
    },
    broadcast: async (message) => {
      published.push(message);
    },
    connectedDevices: async (productKey) => {
      const names = [...connected].filter((name) => name.startsWith(`${productKey}/`));
      return names.map((name) => name.slice(productKey.length + 1));
    },
    disconnect: async ({ productKey, deviceName }) => {
      const name = `${productKey}/${deviceName}`;
      if (connected.delete(name)) disconnected.push(name);
    },
    liveness: async ({ productKey, deviceName }) =>
      connected.has(`${productKey}/${deviceName}`) ? 'alive' : 'half-open',
    close: async () => undefined,
  };
}
