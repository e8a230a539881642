import type { ImportedLine } from '../../../shared/core/devices/import-devices.ts';
import { readCsv } from './csv-records.ts';
import { readLine } from './import-columns.ts';
import type { ImportStart } from './import-start.ts';

/** False for a line whose device an earlier line gives to another deviceId. */
export type NameClaim = (line: ImportedLine) => boolean;

/**
 * device_table cannot tell that two of its rows name one device, and the distributor would give both
 * deviceIds the same secret. Holds the names of the list, some 100 MB for 1,000,000 lines; of an import
 * that goes on, those of the lines that are done are read again. Names that follow from the deviceIds
 * are never the same.
 */
export async function openNameClaims(start: ImportStart): Promise<NameClaim> {
  const { columns, headerEnd, checkpoint } = start;
  if (columns.places.DeviceName === undefined) return () => true;
  const owners = new Map<string, string | undefined>();
  const claim: NameClaim = ({ productKey, deviceName, deviceId }) => {
    const name = `${productKey}/${deviceName}`;
    if (!owners.has(name)) owners.set(name, deviceId);
    return owners.get(name) === deviceId;
  };
  if (!start.isResumed) return claim;
  for await (const records of readCsv(checkpoint.file, headerEnd)) {
    for (const record of records) {
      if (record.end.byte > checkpoint.position.byte) return claim;
      const reading = 'fields' in record && readLine(record, columns, checkpoint.productKey);
      if (reading && 'wanted' in reading) claim(reading.wanted);
    }
  }
  return claim;
}
