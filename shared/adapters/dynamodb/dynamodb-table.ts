import type { Key, Table, Version, Versioned } from '../../ports/table.ts';
import type { DynamodbClient, Outcome } from './dynamodb-client.ts';
import type { Layout } from './dynamodb-layout.ts';
import { readPage } from './dynamodb-page.ts';
import { isExpired, newVersion, stamps, versionOf } from './dynamodb-stamps.ts';
import { insertion, removal, replacement } from './dynamodb-writes.ts';

export type TableParts = {
  /** With the prefix of the installation. */
  tableName: string;
  layout: Layout;
  /** Loads the SDK at the first call. */
  client(): Promise<DynamodbClient>;
  nowMs(): number;
};

export function createDynamodbTable(parts: TableParts): Table<unknown> {
  const { tableName, layout, client, nowMs } = parts;
  const target = () => ({ tableName, layout, nowMs: nowMs() });
  const read = async (key: Key): Promise<Versioned<unknown> | undefined> => {
    const input = { TableName: tableName, Key: layout.keyOf(key), ConsistentRead: true };
    const item = await (await client()).getItem(input);
    if (item === undefined || isExpired(item, nowMs())) return undefined;
    return { value: layout.decode(item), version: versionOf(item) };
  };
  /** An unclear write was ours if its version stands, unless another write has followed already. */
  const settle = async (outcome: Outcome, key: Key, version: Version): Promise<boolean> =>
    outcome === 'unclear' ? (await read(key))?.version === version : outcome === 'written';

  return {
    read,
    async insert(key, value, options) {
      const version = newVersion();
      const attributes = { ...layout.encode(value), ...stamps(version, options?.expiresAtMs) };
      const input = insertion(target(), { ...layout.keyOf(key), ...attributes });
      return settle(await (await client()).putItem(input), key, version);
    },
    async replace(key, value, version, options) {
      const next = newVersion();
      const attributes = { ...layout.encode(value), ...stamps(next, options?.expiresAtMs) };
      const input = replacement(target(), { key: layout.keyOf(key), attributes, version });
      return settle(await (await client()).updateItem(input), key, next);
    },
    async remove(key, version) {
      const input = removal(target(), layout.keyOf(key), version);
      const outcome = await (await client()).deleteItem(input);
      // A removal leaves no trace: of a record that is gone, the first try is the likeliest remover.
      return outcome === 'unclear' ? (await read(key)) === undefined : outcome === 'written';
    },
    async list(partition, range) {
      if (layout.hasSort) {
        return readPage(await client(), { ...target(), partition, range });
      }
      const { from = '', cursor, limit } = range;
      const record = await read({ partition });
      const isWithin = from === '' && cursor === undefined && limit > 0;
      return { records: record !== undefined && isWithin ? [{ sort: '', ...record }] : [] };
    },
  };
}
