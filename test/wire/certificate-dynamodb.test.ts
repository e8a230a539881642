import { afterAll, onTestFinished, test } from 'vitest';
import { createDynamodbStore } from '../../shared/adapters/dynamodb/dynamodb-store.ts';
import { expectOneCertificate } from '../support/certificate-crowd.ts';
import { startDynalite } from '../support/dynalite.ts';

const REQUESTS = 200;

const dynamodb = await startDynalite();
afterAll(() => dynamodb.stop());

test(`${REQUESTS} requests at once on 4 instances and one DynamoDB get one certificate, registered and counted once, and no log line has its secret`, async () => {
  const prefix = await dynamodb.createTables();
  const nowMs = () => Date.now();
  const store = createDynamodbStore({ endpoint: dynamodb.endpoint, prefix, nowMs });
  onTestFinished(() => store.close());
  await expectOneCertificate(store, { requests: REQUESTS, instances: 4 });
});
