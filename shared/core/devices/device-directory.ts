import type { DeviceRecord } from '../../model/device.ts';
import type { Store } from '../../ports/table.ts';
import { createExpiringCache } from '../cache/expiring-cache.ts';

/** `${productKey}/${deviceName}`, in one so that a connection keeps it and no message has to put it together. */
export type DeviceKey = `${string}/${string}`;

/** The record of a device, at most 10 s old. */
export type DeviceDirectory = {
  find(device: DeviceKey): DeviceRecord | undefined | Promise<DeviceRecord | undefined>;
  /** As find, but with a record read at or after `notBeforeMs`: for whoever is refused by a kept one. */
  refresh(device: DeviceKey, notBeforeMs: number): Promise<DeviceRecord | undefined>;
};

export function createDeviceDirectory(parts: {
  store: Store;
  nowMs: () => number;
}): DeviceDirectory {
  const devices = parts.store.table('devices');
  const cache = createExpiringCache<DeviceRecord>({
    load: async (key) => {
      const slash = key.indexOf('/');
      const found = await devices.read({
        partition: key.slice(0, slash),
        sort: key.slice(slash + 1),
      });
      return found?.value;
    },
    nowMs: parts.nowMs,
    ttlMs: CACHE_TTL_MS,
    capacity: CACHED_DEVICES,
  });
  return { find: cache.get, refresh: cache.refresh };
}

/** Architecture: a change of a device shows everywhere within this time. */
export const CACHE_TTL_MS = 10_000;

/** About 1 kB each. */
const CACHED_DEVICES = 20_000;
