import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { createDynamodbTables } from '../../shared/adapters/dynamodb/dynamodb-tables.ts';

export type TestDynamodb = {
  endpoint: string;
  /** What a process needs to reach it, with tables of `prefix`. */
  environment(prefix: string): Record<string, string>;
  /** Makes all tables under a prefix that nobody has, and resolves to it. */
  createTables(): Promise<string>;
  stop(): Promise<void>;
};

/** The SDK signs with whatever key there is, and the server takes any. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'akTest01', AWS_SECRET_ACCESS_KEY: 'skTest01' };

/** A DynamoDB of the running file on loopback, in memory. */
export async function startDynalite(): Promise<TestDynamodb> {
  Object.assign(process.env, CREDENTIALS);
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    environment: (prefix) => ({
      ...CREDENTIALS,
      MOORING_DYNAMODB_ENDPOINT: endpoint,
      MOORING_TABLE_PREFIX: prefix,
    }),
    createTables: async () => {
      const prefix = `t${randomBytes(4).toString('hex')}-`;
      await createDynamodbTables({ endpoint, prefix });
      return prefix;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
