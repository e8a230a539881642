import type { CertificateRecord, SeenRecord } from '../../shared/model/tables.ts';
import type { Store, Table } from '../../shared/ports/table.ts';

/** Opens an empty store for the running test and sees to it that it is closed. */
export type OpenStore = (nowMs: () => number) => Promise<Store> | Store;

/** A table of such a store; without a clock the time is 0. */
export type OpenTable = (nowMs?: () => number) => Promise<Table<SeenRecord>>;

export const KEY = { partition: 'p', sort: 's' };
export const RECORD = { seenAtMs: 1 };

/** Of a device that is registered and has not asked yet. */
export const CERTIFICATE: CertificateRecord = {
  registerTime: 1_700_000_000_000,
  activateTime: null,
  productKey: 'a1TestProd01',
  deviceName: 'tank-1',
  deviceSecret: 'AQ…',
  iotId: 'iot1',
};
