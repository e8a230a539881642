import { afterAll, onTestFinished } from 'vitest';
import { createDynamodbStore } from '../../shared/adapters/dynamodb/dynamodb-store.ts';
import { startDynalite } from '../support/dynalite.ts';
import { describeTable } from './table-contract.ts';

const dynamodb = await startDynalite();
afterAll(() => dynamodb.stop());

describeTable(
  'dynamodb',
  async (nowMs) => {
    const prefix = await dynamodb.createTables();
    const store = createDynamodbStore({ endpoint: dynamodb.endpoint, prefix, nowMs });
    onTestFinished(() => store.close());
    return store;
  },
  30,
);
