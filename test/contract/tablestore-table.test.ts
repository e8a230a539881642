import { afterAll } from 'vitest';
import { startTablestoreServer } from '../support/tablestore-server.ts';
import { openTablestoreStore } from '../support/tablestore-store.ts';
import { describeTable } from './table-contract.ts';

const server = await startTablestoreServer();
afterAll(() => server.stop());

describeTable('tablestore', async (nowMs) => (await openTablestoreStore(server, nowMs)).store);
