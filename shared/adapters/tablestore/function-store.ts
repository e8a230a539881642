import type { CredentialsSource } from '../../ports/credentials.ts';
import type { Store } from '../../ports/table.ts';
import { createTablestoreStore } from './tablestore-store.ts';

export type FunctionStoreOptions = {
  tables: { prefix: string; tablestore: { endpoint?: string; instance?: string } };
  aliyun: { accessKeyId?: string; accessKeySecret?: string; securityToken?: string };
  /** Of the function's role, where the environment has no access key. */
  credentials?: CredentialsSource;
  nowMs: () => number;
};

/**
 * `#store` of a bundle built for Tablestore. Every process on the instance sees the same records.
 * @throws an Error that names the variables which are not set.
 */
export function openFunctionStore(options: FunctionStoreOptions): Store {
  const { prefix, tablestore } = options.tables;
  const { endpoint, instance } = tablestore;
  const credentials = options.credentials ?? accessKey(options.aliyun);
  if (endpoint === undefined || instance === undefined || credentials === undefined) {
    const missing = [
      ...(endpoint === undefined ? ['MOORING_TABLESTORE_ENDPOINT'] : []),
      ...(instance === undefined ? ['MOORING_TABLESTORE_INSTANCE'] : []),
      ...(credentials === undefined
        ? ['ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET']
        : []),
    ];
    throw new Error(`the store is Tablestore, but the environment has no ${missing.join(', ')}`);
  }
  return createTablestoreStore({ endpoint, instance, credentials, prefix, nowMs: options.nowMs });
}

function accessKey(aliyun: FunctionStoreOptions['aliyun']): CredentialsSource | undefined {
  const { accessKeyId, accessKeySecret, securityToken } = aliyun;
  if (accessKeyId === undefined || accessKeySecret === undefined) return undefined;
  const credentials = {
    accessKeyId,
    accessKeySecret,
    ...(securityToken === undefined ? {} : { securityToken }),
  };
  return () => credentials;
}
