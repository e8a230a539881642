import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import type { Range, Store } from '../../ports/table.ts';

/** Where a page of devices begins: by number, or behind the last device of the page before. */
export type DevicePage = { productKey: string; pageSize: number } & (
  | { page: number }
  | { afterDeviceName: string }
);

export type ListedDevices = {
  devices: readonly DeviceRecord[];
  /** Name of the last device of this page; absent on the last page. */
  nextAfter?: string;
};

/** Pages beyond these are reached by token only: a page by number reads all before it. */
const MOST_DEVICES_SKIPPED = 100_000;

const SKIPPED_A_READ = 500;

/** Devices in order of their names. Refuses a page number that lies too deep, as CurrentPage. */
export async function listDevices(
  wanted: DevicePage,
  store: Store,
): Promise<Result<ListedDevices>> {
  const { productKey, pageSize } = wanted;
  const start = await findStart(wanted, store);
  if (!start.ok) return start;
  if (start.value === undefined) return ok({ devices: [] });
  const range = { ...start.value, limit: pageSize };
  const { records, cursor } = await store.table('devices').list(productKey, range);
  const devices = records.map(({ value }) => value);
  const last = devices.at(-1);
  return ok(cursor === undefined || !last ? { devices } : { devices, nextAfter: last.deviceName });
}

type Start = Pick<Range, 'from' | 'cursor'>;

/** Undefined where there are fewer devices than come before the page. */
async function findStart(wanted: DevicePage, store: Store): Promise<Result<Start | undefined>> {
  // The character after NUL, which no key holds: nothing lies between a name and this.
  if ('afterDeviceName' in wanted) return ok({ from: `${wanted.afterDeviceName}\u0001` });
  let toSkip = (wanted.page - 1) * wanted.pageSize;
  if (toSkip > MOST_DEVICES_SKIPPED) {
    const reason = `beyond device ${MOST_DEVICES_SKIPPED} go on with NextToken`;
    return refuse({ kind: 'invalid-parameter', parameter: 'CurrentPage', reason });
  }
  let start: Start = {};
  while (toSkip > 0) {
    const range = { ...start, limit: Math.min(toSkip, SKIPPED_A_READ) };
    const { records, cursor } = await store.table('devices').list(wanted.productKey, range);
    if (cursor === undefined) return ok(undefined);
    toSkip -= records.length;
    start = { cursor };
  }
  return ok(start);
}
