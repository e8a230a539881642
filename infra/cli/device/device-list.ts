import { CommandError } from '../command.ts';
import { type CsvRecord, readCsv } from '../devices/csv-records.ts';
import { type ImportColumns, readColumns, readLine } from '../devices/import-columns.ts';
import type { SimulatedDevice } from './simulated-device.ts';

/**
 * The first devices of a list as `mooring devices export --with-secrets` writes it.
 * @throws CommandError for a file that cannot be read, and for a line that is no device with its secret.
 */
export async function readDeviceList(
  path: string,
  { most, productKey }: { most: number; productKey: string },
): Promise<readonly SimulatedDevice[]> {
  const devices: SimulatedDevice[] = [];
  let columns: ImportColumns | undefined;
  try {
    for await (const records of readCsv(path)) {
      for (const record of records) {
        if (devices.length >= most) return devices;
        if (columns) devices.push(...deviceOf(record, columns, { path, productKey }));
        else columns = headerOf(record, path);
      }
    }
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(`--devices: ${path} cannot be read. Name a CSV file.`, { cause });
  }
  if (devices.length > 0) return devices;
  throw new CommandError(`--devices: there is no device in ${path}.`);
}

function headerOf(record: CsvRecord, path: string): ImportColumns {
  if ('fault' in record) throw new CommandError(`The header of ${path}: ${record.fault}.`);
  return readColumns(record.fields, { reserves: false });
}

function deviceOf(
  record: CsvRecord,
  columns: ImportColumns,
  { path, productKey }: { path: string; productKey: string },
): readonly SimulatedDevice[] {
  const reading = 'fault' in record ? record : readLine(record, columns, productKey);
  if (!reading) return [];
  const line = `Line ${record.line} of ${path}`;
  if ('fault' in reading) throw new CommandError(`${line}: ${reading.fault}.`);
  const { deviceName, deviceSecret, ...wanted } = reading.wanted;
  if (deviceSecret !== undefined) {
    return [{ productKey: wanted.productKey, deviceName, deviceSecret }];
  }
  throw new CommandError(
    `${line} has no DeviceSecret: mooring devices export --with-secrets writes them.`,
  );
}
