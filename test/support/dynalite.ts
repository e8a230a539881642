import { randomBytes } from 'node:crypto';
import dynalite from 'dynalite';
import { createDynamodbTables } from '../../shared/adapters/dynamodb/dynamodb-tables.ts';
import { listenOnLoopback } from './loopback.ts';

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
  const { endpoint, stop } = await listenOnLoopback(dynalite({ createTableMs: 0 }));
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
    stop,
  };
}
