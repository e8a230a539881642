import { deviceNameOf, isDeviceId } from '../../../shared/core/certificates/certificate-names.ts';
import type { ImportedLine } from '../../../shared/core/devices/import-devices.ts';
import { isNickname, NICKNAME_RULE } from '../../../shared/core/devices/nickname.ts';
import { DEVICE_NAME_RULE, isDeviceName } from '../../../shared/core/devices/register-device.ts';
import { CommandError } from '../command.ts';
import { counted } from './import-totals.ts';
import { plainCell } from './spreadsheet-cell.ts';

/** Of the header row. */
export type ImportColumns = {
  names: readonly string[];
  /** Where each column that is known stands. */
  places: Readonly<Partial<Record<ColumnName, number>>>;
  /** Where secrets stand, whether they are read or not. */
  secretPlace?: number;
};

type ColumnName = (typeof COLUMN_NAMES)[number];

const COLUMN_NAMES = ['DeviceName', 'deviceId', 'Nickname', 'DeviceSecret', 'ProductKey'] as const;
const DEVICE_SECRET = /^[\x21-\x7e]{1,64}$/;
const HEADER_RULE =
  'The first line names the columns: DeviceName or deviceId (or both), and if you like Nickname, DeviceSecret and ProductKey, separated by commas.';

/**
 * Names count in any case. With `reserves`, no column is read that only a registered device could use.
 * @throws CommandError that says what the header has to be.
 */
export function readColumns(
  header: readonly string[],
  { reserves }: { reserves: boolean },
): ImportColumns {
  const names = header.map((name) => name.trim());
  const places: Partial<Record<ColumnName, number>> = {};
  for (const [place, name] of names.entries()) {
    const known = COLUMN_NAMES.find((column) => column.toLowerCase() === name.toLowerCase());
    if (known === undefined) continue;
    if (places[known] !== undefined) {
      throw new CommandError(`The header names the column ${known} twice. ${HEADER_RULE}`);
    }
    places[known] = place;
  }
  if (places.DeviceName === undefined && places.deviceId === undefined) {
    throw new CommandError(`The header has no column DeviceName or deviceId. ${HEADER_RULE}`);
  }
  if (reserves && places.deviceId === undefined) {
    throw new CommandError(
      'The header has no column deviceId, and --reserve notes deviceIds alone.',
    );
  }
  const { Nickname, DeviceSecret, ...reserved } = places;
  return {
    names,
    places: reserves ? reserved : places,
    ...(DeviceSecret !== undefined && { secretPlace: DeviceSecret }),
  };
}

/** Columns that are not read. */
export function unusedColumns({ names, places }: ImportColumns): readonly string[] {
  const used = new Set<number>(Object.values(places));
  return names.filter((_, place) => !used.has(place));
}

/** What a line asks for, or why it cannot be; undefined for one that is empty in every column. */
export type LineReading = { wanted: ImportedLine } | { fault: string } | undefined;

/** `productKey` is that of the lines that name none; empty where the lines have to. */
export function readLine(
  { line, fields }: { line: number; fields: readonly string[] },
  columns: ImportColumns,
  productKey: string,
): LineReading {
  if (fields.every((field) => field.trim() === '')) return undefined;
  const { length } = columns.names;
  if (fields.length !== length) {
    return { fault: `it has ${counted(fields.length, 'column')}, the header has ${length}` };
  }
  const wanted = {
    line,
    ...readIdentity(fields, columns, productKey),
    ...readExtras(fields, columns),
  };
  const fault = faultOf(wanted, productKey);
  return fault === undefined ? { wanted } : { fault };
}

type Fields = readonly string[];

function fieldOf(fields: Fields, { places }: ImportColumns, name: ColumnName): string {
  const place = places[name];
  return place === undefined ? '' : (fields[place] ?? '');
}

function readIdentity(fields: Fields, columns: ImportColumns, productKey: string) {
  const deviceId = fieldOf(fields, columns, 'deviceId').trim();
  const deviceName = fieldOf(fields, columns, 'DeviceName').trim();
  return {
    productKey: fieldOf(fields, columns, 'ProductKey').trim() || productKey,
    deviceName: deviceName || (deviceId && deviceNameOf(deviceId)),
    ...(deviceId && { deviceId }),
  };
}

function readExtras(fields: Fields, columns: ImportColumns) {
  const deviceSecret = fieldOf(fields, columns, 'DeviceSecret');
  return {
    nickname: plainCell(fieldOf(fields, columns, 'Nickname')),
    ...(deviceSecret && { deviceSecret }),
  };
}

/** Says what was given, but never of a secret. */
function faultOf(wanted: ImportedLine, productKey: string): string | undefined {
  const { deviceId, deviceName, nickname, deviceSecret } = wanted;
  if (wanted.productKey === '') return 'it names no ProductKey, and --product is not given';
  if (productKey !== '' && wanted.productKey !== productKey) {
    return `it names the product ${wanted.productKey}, --product another one`;
  }
  if (deviceId !== undefined && !isDeviceId(deviceId)) {
    return 'the deviceId has to be 1 to 64 visible ASCII characters';
  }
  if (deviceName === '') return 'it has neither a DeviceName nor a deviceId';
  if (!isDeviceName(deviceName)) return `the DeviceName has to be ${DEVICE_NAME_RULE}`;
  if (!isNickname(nickname)) return `the Nickname has to be ${NICKNAME_RULE}`;
  if (deviceSecret !== undefined && !DEVICE_SECRET.test(deviceSecret)) {
    return 'the DeviceSecret has to be 1 to 64 visible ASCII characters';
  }
  return undefined;
}
