import type { DeviceRecord } from '../../model/device.ts';
import type { Store } from '../../ports/table.ts';
import { dropOldest } from '../cache/drop-oldest.ts';
import { createSingleFlight } from '../cache/single-flight.ts';
import { type DeviceStatus, deviceStatus } from '../devices/device-status.ts';
import { walkInGroups } from '../records/walk-partition.ts';
import { findPresence } from './device-presence.ts';

/** The devices of a product by their status, as one walk over them found it. */
export type DeviceStatuses = {
  /** In order of the names. */
  names: Readonly<Record<DeviceStatus, readonly string[]>>;
  /** Those that have signed in since they were made or reset, disabled ones among them. */
  activated: number;
};

export type DeviceStatusReader = (productKey: string) => Promise<DeviceStatuses>;

type Parts = { store: Store; nowMs: () => number };

/**
 * Reads every device of a product, which costs the more the more there are: so what was read is good
 * for a millisecond a device, 10 s at most, as on the platform (protocol.md 7.4). Calls at one time
 * share a walk.
 */
export function createDeviceStatusReader(parts: Parts): DeviceStatusReader {
  const kept = new Map<
    string,
    { statuses: DeviceStatuses; goodUntilMs: number; readAtMs: number }
  >();
  const readOnce = createSingleFlight<DeviceStatuses>();
  return async (productKey) => {
    const found = kept.get(productKey);
    const nowMs = parts.nowMs();
    // Read in the future: the clock went back since, and the age is not known.
    if (found && nowMs < found.goodUntilMs && nowMs >= found.readAtMs) return found.statuses;
    return readOnce(productKey, async () => {
      const statuses = await readStatuses(productKey, parts);
      const goodMs = Math.min(countDevices(statuses) * GOOD_MS_A_DEVICE, MOST_GOOD_MS);
      kept.delete(productKey);
      kept.set(productKey, { statuses, goodUntilMs: nowMs + goodMs, readAtMs: nowMs });
      if (kept.size > KEPT_PRODUCTS) dropOldest(kept);
      return statuses;
    });
  };
}

export function countDevices({ names }: DeviceStatuses): number {
  return Object.values(names).reduce((sum, { length }) => sum + length, 0);
}

async function readStatuses(productKey: string, { store, nowMs }: Parts): Promise<DeviceStatuses> {
  const names: Record<DeviceStatus, string[]> = {
    ONLINE: [],
    OFFLINE: [],
    UNACTIVE: [],
    DISABLE: [],
  };
  let activated = 0;
  for await (const group of walkInGroups(store.table('devices'), productKey, DEVICES_AT_ONCE)) {
    const read = await Promise.all(
      group.map(async ({ value }) => ({
        deviceName: value.deviceName,
        status: await statusOf(value, store, nowMs()),
      })),
    );
    for (const { deviceName, status } of read) names[status].push(deviceName);
    activated += group.filter(({ value }) => value.activatedAtMs !== null).length;
    // An embedded store answers within the turn: devices that are connected to this process wait.
    await nextTurn();
  }
  return { names, activated };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Only of one that may be online is more read than its record. */
async function statusOf(device: DeviceRecord, store: Store, nowMs: number): Promise<DeviceStatus> {
  if (device.status === 'ACTIVE') return (await findPresence(device, store, nowMs)).status;
  return deviceStatus(device, { isConnected: false, lastHttpMessageAtMs: 0 }, nowMs);
}

const GOOD_MS_A_DEVICE = 1;
const MOST_GOOD_MS = 10_000;
const KEPT_PRODUCTS = 20;
const DEVICES_AT_ONCE = 100;
