import { randomBytes } from 'node:crypto';
import { withAnyStore } from '../../infra/cli/any-store.ts';
import type { Registry } from '../../shared/core/devices/registry.ts';
import { readCliConfig } from '../../shared/runtime/cli-config.ts';
import { runCli } from './cli.ts';
import { startDynalite } from './dynalite.ts';
import { startTablestoreServer } from './tablestore-server.ts';

/** What a process needs to work on tables that are empty and its own. */
export type CloudTables = {
  store: string;
  env: Readonly<Record<string, string>>;
};

export type TestClouds = {
  /** `store` is `dynamodb` or `tablestore`. */
  makeTables(store: string): Promise<CloudTables>;
  stop(): Promise<void>;
};

/** A stand-in for each service, on loopback. */
export async function startClouds(): Promise<TestClouds> {
  const dynamodb = await startDynalite();
  const tablestore = await startTablestoreServer();
  const { account, endpoint } = tablestore;
  const inTablestore = {
    MOORING_TABLESTORE_ENDPOINT: endpoint,
    MOORING_TABLESTORE_INSTANCE: account.instance,
    ALIBABA_CLOUD_ACCESS_KEY_ID: account.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: account.accessKeySecret,
  };
  return {
    makeTables: async (store) => {
      const prefix = `t${randomBytes(4).toString('hex')}_`;
      const env = {
        ...dynamodb.environment(prefix),
        ...(store === 'tablestore' && inTablestore),
        MOORING_SEALING_KEYS: randomBytes(32).toString('base64'),
      };
      const { code, err } = await runCli(['tables', 'create', '--store', store], { env });
      if (code !== 0) throw new Error(err);
      return { store, env };
    },
    stop: async () => {
      await dynamodb.stop();
      await tablestore.stop();
    },
  };
}

/** Runs on the tables, beside the processes that use them. */
export function useTables<T>(
  { store: given, env }: CloudTables,
  use: (registry: Registry) => Promise<T>,
): Promise<T> {
  return withAnyStore(given, readCliConfig(env), ({ store, sealing }) =>
    use({ store, sealing, randomBytes, nowMs: () => Date.now() }),
  );
}
