import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDynamodbStore } from '../../shared/adapters/dynamodb/dynamodb-store.ts';
import { createTablestoreStore } from '../../shared/adapters/tablestore/tablestore-store.ts';
import { parseRules } from '../../shared/core/forwarding/parse-rules.ts';
import { listRules } from '../../shared/core/forwarding/rules.ts';
import type { ForwardingRule } from '../../shared/model/forwarding.ts';
import type { Store } from '../../shared/ports/table.ts';
import { ConfigError } from '../../shared/runtime/config.ts';
import type { ForwarderConfig } from '../../shared/runtime/forwarder-config.ts';
import { aliyunCredentials } from '../../shared/runtime/role-credentials.ts';
import type { Options } from './options.ts';

export type RuleSource = {
  /** In the order in which they are asked. */
  read(): Promise<readonly ForwardingRule[]>;
  close(): Promise<void>;
};

/** @throws ConfigError where the store or its data is not there. */
export async function openRuleSource(
  options: Options,
  config: ForwarderConfig,
): Promise<RuleSource> {
  const { rulesFile } = options;
  if (rulesFile !== undefined) {
    return { read: () => readRulesFile(rulesFile), close: async () => undefined };
  }
  const store = await openStore(options, config);
  return { read: () => listRules(store), close: store.close };
}

async function readRulesFile(path: string): Promise<readonly ForwardingRule[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`the rules in ${path} cannot be read: ${cause}`, { cause });
  });
  const rules = parseRules(text);
  if (rules.ok) return rules.value;
  const { failure } = rules;
  const reason = failure.kind === 'invalid-parameter' ? failure.reason : failure.kind;
  throw new ConfigError(`the rules in ${path} are wrong: ${reason}`);
}

async function openStore(
  { store, dataDir: given }: Options,
  config: ForwarderConfig,
): Promise<Store> {
  const nowMs = () => Date.now();
  const { tables, aliyun, sync } = config;
  const { prefix } = tables;
  if (store === 'dynamodb') return createDynamodbStore({ prefix, ...tables.dynamodb, nowMs });
  if (store === 'tablestore') {
    const { endpoint, instance } = tables.tablestore;
    if (endpoint === undefined || instance === undefined) {
      throw new ConfigError(
        'MOORING_TABLESTORE_ENDPOINT and MOORING_TABLESTORE_INSTANCE are not both set; example: MOORING_TABLESTORE_INSTANCE=mooring',
      );
    }
    const credentials = aliyunCredentials(aliyun);
    return createTablestoreStore({ prefix, endpoint, instance, credentials, nowMs });
  }
  const dataDir = given ?? config.dataDir;
  const path = join(dataDir, 'tables');
  if (!existsSync(path)) {
    throw new ConfigError(
      `${dataDir} holds no data of Mooring: name the folder with --data-dir, or give --rules FILE.json or --store NAME`,
    );
  }
  // Late, since a container has no native package, nor a data folder.
  const { createLmdbStore } = await import('../../shared/adapters/lmdb/lmdb-store.ts');
  return createLmdbStore({ path, nowMs, sync });
}
