import { createExpiringCache } from '../../shared/core/cache/expiring-cache.ts';
import { CACHE_TTL_MS, createDeviceDirectory } from '../../shared/core/devices/device-directory.ts';
import { readOwner } from '../../shared/core/mqtt/login.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { MqttConnectionRecord } from '../../shared/model/tables.ts';
import type { Store } from '../../shared/ports/table.ts';
import type { Asking } from './hooks.ts';

/** The device behind a connection that the broker has let in; what is known of it is at most 10 s old. */
export type ConnectedDevices = {
  /**
   * Refuses `unknown-device`, `device-disabled`, and `connection-replaced` for every client id but the
   * one that the device last signed in with (protocol.md 3.9).
   */
  find(asking: Asking): Promise<Result<DeviceRecord>>;
  /** The client id that the device last signed in with. */
  clientIdOf(device: DeviceRecord): Promise<string | undefined>;
  /** That the device has signed in. Durable before it resolves. */
  connected(device: DeviceRecord, clientId: string): Promise<void>;
};

type Parts = { store: Store; nowMs: () => number };

export function createConnectedDevices(parts: Parts): ConnectedDevices {
  const { store, nowMs } = parts;
  const table = store.table('mqtt_connections');
  const directory = createDeviceDirectory(parts);
  const newest = createExpiringCache<MqttConnectionRecord>({
    load: async (iotId) => (await table.read({ partition: iotId }))?.value,
    nowMs,
    ttlMs: CACHE_TTL_MS,
    capacity: CACHED_CONNECTIONS,
  });
  const nameOf = createNameFinder(parts);
  const isNewest = async (iotId: string, clientId: string): Promise<boolean> => {
    const kept = await newest.get(iotId);
    if (kept?.clientId === clientId) return true;
    // It may have signed in at another instance since.
    return (await newest.refresh(iotId, nowMs()))?.clientId === clientId;
  };
  return {
    find: async ({ username, clientId }) => {
      const name = await nameOf(username);
      if (!name.ok) return name;
      const { productKey, deviceName, iotId } = name.value;
      const device = await directory.find(`${productKey}/${deviceName}`);
      if (!device || (iotId !== undefined && device.iotId !== iotId))
        return refuse({ kind: 'unknown-device', productKey, deviceName });
      if (device.status === 'DISABLED')
        return refuse({ kind: 'device-disabled', productKey, deviceName });
      if (clientId === undefined || (await isNewest(device.iotId, clientId))) return ok(device);
      return refuse({ kind: 'connection-replaced', productKey, deviceName });
    },
    clientIdOf: async ({ iotId }) => (await newest.refresh(iotId, nowMs()))?.clientId,
    connected: ({ iotId }, clientId) => remember(iotId, clientId, parts),
  };
}

type Name = { productKey: string; deviceName: string; iotId?: string };

function createNameFinder({ store, nowMs }: Parts): (username: string) => Promise<Result<Name>> {
  const ids = store.table('device_ids');
  const names = createExpiringCache<Name>({
    load: async (iotId) => (await ids.read({ partition: iotId }))?.value,
    nowMs,
    ttlMs: CACHE_TTL_MS,
    capacity: CACHED_CONNECTIONS,
  });
  return async (username) => {
    const owner = readOwner(username);
    if (!owner.ok) return owner;
    if (!('iotId' in owner.value)) return ok(owner.value);
    const found = await names.get(username);
    if (found) return ok({ ...found, iotId: username });
    return refuse({ kind: 'unknown-device', productKey: '', deviceName: '' });
  };
}

/** The last one to write is the newest. A device that comes again with the same client id writes nothing. */
async function remember(iotId: string, clientId: string, { store, nowMs }: Parts): Promise<void> {
  const table = store.table('mqtt_connections');
  const key = { partition: iotId };
  for (;;) {
    const found = await table.read(key);
    if (found?.value.clientId === clientId) return;
    const record = { clientId, connectedAtMs: nowMs() };
    const written = found
      ? await table.replace(key, record, found.version)
      : await table.insert(key, record);
    if (written) return;
  }
}

/** About 300 bytes each. */
const CACHED_CONNECTIONS = 20_000;
