import type { TableName } from './tables.ts';

/**
 * How a table looks in a store that has columns. Every table but those named here has the primary
 * key `partition`, `sort`, and its record as JSON in one column, `value`.
 */
export type ColumnLayout = {
  /** The name of the only primary key column. */
  partitionKey: string;
  /** Each member of the record is a column of its own; null is an absent column. */
  columns: readonly string[];
};

/** Laid out as the manual lays them out (seed 003, 5.3), because their owners fill them too. */
export const COLUMN_LAYOUTS: Readonly<Partial<Record<TableName, ColumnLayout>>> = {
  device_table: {
    partitionKey: 'deviceId',
    columns: ['registerTime', 'activateTime', 'productKey', 'deviceName', 'deviceSecret', 'iotId'],
  },
};
