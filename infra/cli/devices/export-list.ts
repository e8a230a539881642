import { stringify } from 'csv-stringify/sync';
import { openDeviceSecret } from '../../../shared/core/devices/device-secret.ts';
import { walkPartition } from '../../../shared/core/records/walk-partition.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import type { Store } from '../../../shared/ports/table.ts';
import type { StoreParts } from '../fitting-keys.ts';
import { safeCell } from './spreadsheet-cell.ts';

export type ExportChoice = { withSecrets: boolean; withValues: boolean };

/** Written at once. */
const GROUP_DEVICES = 500;

/** The header, then rows: CSV, and how many devices are in it. */
export type CsvPart = { csv: string; devices: number };

/**
 * The devices of the products, by product and name, each by the bytes of UTF-8: what is the same in
 * two data folders is the same in two exports.
 */
export async function* exportDevices(
  productKeys: readonly string[],
  choice: ExportChoice,
  parts: StoreParts,
): AsyncGenerator<CsvPart> {
  yield { csv: stringify([headerOf(choice)]), devices: 0 };
  for (const productKey of productKeys) {
    let group: DeviceRecord[] = [];
    for await (const { value } of walkPartition(parts.store.table('devices'), productKey)) {
      group.push(value);
      if (group.length < GROUP_DEVICES) continue;
      yield await partOf(group, choice, parts);
      group = [];
    }
    if (group.length > 0) yield await partOf(group, choice, parts);
  }
}

function headerOf({ withSecrets, withValues }: ExportChoice): readonly string[] {
  return [
    'ProductKey',
    'DeviceName',
    'IotId',
    'Nickname',
    'Status',
    'CreatedAt',
    'ActivatedAt',
    ...(withSecrets ? ['DeviceSecret'] : []),
    ...(withValues ? ['LastValues'] : []),
  ];
}

async function partOf(
  devices: readonly DeviceRecord[],
  choice: ExportChoice,
  parts: StoreParts,
): Promise<CsvPart> {
  const rows = await Promise.all(devices.map((device) => rowOf(device, choice, parts)));
  return { csv: stringify(rows), devices: rows.length };
}

async function rowOf(
  device: DeviceRecord,
  { withSecrets, withValues }: ExportChoice,
  { store, sealing }: StoreParts,
): Promise<readonly string[]> {
  const { productKey, deviceName, iotId, nickname, status, createdAtMs, activatedAtMs } = device;
  return [
    productKey,
    deviceName,
    iotId,
    safeCell(nickname),
    status,
    timeText(createdAtMs),
    activatedAtMs === null ? '' : timeText(activatedAtMs),
    ...(withSecrets ? [openDeviceSecret(device, sealing)] : []),
    ...(withValues ? [await lastValues(iotId, store)] : []),
  ];
}

const timeText = (timeMs: number): string => new Date(timeMs).toISOString();

/** `{"<identifier>":{"time":…,"value":…}}`; empty for a device that never said anything. */
async function lastValues(iotId: string, store: Store): Promise<string> {
  const state = await store.table('thing_state').read({ partition: iotId });
  const properties = Object.entries(state?.value.properties ?? {});
  if (properties.length === 0) return '';
  const latest = properties.map(([identifier, { value, time }]) => [identifier, { time, value }]);
  return JSON.stringify(Object.fromEntries(latest), sortMembers);
}

/** The order in which members were written says nothing. */
function sortMembers(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
