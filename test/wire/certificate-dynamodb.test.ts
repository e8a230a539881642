import { afterAll, expect, onTestFinished, test } from 'vitest';
import { createDynamodbStore } from '../../shared/adapters/dynamodb/dynamodb-store.ts';
import { crowdOneDevice } from '../support/certificate-crowd.ts';
import { startDynalite } from '../support/dynalite.ts';

const REQUESTS = 200;

const dynamodb = await startDynalite();
afterAll(() => dynamodb.stop());

test(`${REQUESTS} requests at once on 4 instances and one DynamoDB get one certificate, registered and counted once`, async () => {
  const prefix = await dynamodb.createTables();
  const nowMs = () => Date.now();
  const store = createDynamodbStore({ endpoint: dynamodb.endpoint, prefix, nowMs });
  onTestFinished(() => store.close());
  const { bodies, log, ...counts } = await crowdOneDevice(store, {
    requests: REQUESTS,
    instances: 4,
  });
  expect(counts).toEqual({ answers: REQUESTS, devices: 1, issues: 1 });
  expect(bodies).toHaveLength(1);
  const { deviceSecret } = JSON.parse(bodies[0] ?? '');
  expect(deviceSecret).toMatch(/^[0-9a-f]{32}$/);
  expect(JSON.stringify(log.lines)).not.toContain(deviceSecret);
});
