import { beforeEach, expect, test } from 'vitest';
import {
  GROUP_STATUS_LIFE_MS,
  readGroupStatus,
  writeGroupStatus,
} from '../../../../../shared/core/subscriptions/group-status.ts';
import type { GroupStatusRecord } from '../../../../../shared/model/tables.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { START_MS } from '../../../../support/test-clock.ts';

let parts: MemoryParts;

beforeEach(() => {
  parts = createMemoryParts();
});

const client = (clientId: string) => ({
  clientId,
  address: '192.0.2.1:36918',
  onlineAtMs: START_MS,
  accumulatedPerMinute: 2,
  realTimePerMinute: 3,
});
const status: GroupStatusRecord = {
  accumulated: 13,
  accumulatedPerMinute: 2,
  realTimePerMinute: 3,
  lastConsumedAtMs: START_MS,
  clients: [client('c1')],
};

const write = (process: string, changed: Partial<GroupStatusRecord> = {}, groupId = 'g1') =>
  writeGroupStatus(
    { ...status, ...changed },
    { groupId, process, store: parts.store, expiresAtMs: parts.nowMs() + GROUP_STATUS_LIFE_MS },
  );
const read = () => readGroupStatus('g1', parts.store);
const nobody = {
  accumulated: 0,
  accumulatedPerMinute: 0,
  realTimePerMinute: 0,
  lastConsumedAtMs: null,
  clients: [],
};

test('a group that nobody serves has zeros', async () => {
  await write('p1', {}, 'g2');
  expect(await read()).toEqual(nobody);
});

test('what a process says takes the place of what it said before', async () => {
  await write('p1', { accumulated: 99 });
  await write('p1');
  expect(await read()).toEqual(status);
});

test('what several processes say is summed up', async () => {
  await write('p1');
  await write('p2', { lastConsumedAtMs: START_MS + 1, clients: [client('c2'), client('c3')] });
  await write('p3', { lastConsumedAtMs: null, clients: [] });
  expect(await read()).toEqual({
    accumulated: 39,
    accumulatedPerMinute: 6,
    realTimePerMinute: 9,
    lastConsumedAtMs: START_MS + 1,
    clients: [client('c1'), client('c2'), client('c3')],
  });
});

test('a process that is silent for 30 seconds is gone', async () => {
  await write('p1');
  parts.clock.advance(20_000);
  await write('p2', { accumulated: 1 });
  await write('p1');
  parts.clock.advance(29_999);
  expect((await read()).accumulated).toBe(14);
  parts.clock.advance(1);
  expect(await read()).toEqual(nobody);
});
