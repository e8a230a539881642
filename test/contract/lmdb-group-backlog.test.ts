import { expect, onTestFinished, test } from 'vitest';
import { openLmdbGroupBacklog } from '../../shared/adapters/lmdb/lmdb-group-backlog.ts';
import type { BacklogItem } from '../../shared/ports/group-backlog.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { aMessage } from './messages.ts';

const NONE: ReadonlySet<string> = new Set();

async function open(path: string, startedAtMs = 1) {
  const backlog = await openLmdbGroupBacklog({ path, sync: 'flush', nowMs: () => startedAtMs });
  onTestFinished(() => backlog.close());
  return backlog;
}

const item = (messageId: string, deliveries = 0): BacklogItem => ({
  message: aMessage(messageId),
  deliveries,
});

const idsOf = (chunks: readonly { items: readonly BacklogItem[] }[]) =>
  chunks.map(({ items }) => items.map(({ message }) => message.messageId));

test('gives back what is due, by its time and then as it was written', async () => {
  const backlog = await open(tempFolder());
  await backlog.write({
    add: [
      { groupId: 'a', dueMs: 20, items: [item('3')] },
      { groupId: 'a', dueMs: 10, items: [item('1', 2), item('2')] },
      { groupId: 'a', dueMs: 20, items: [item('4')] },
      { groupId: 'a', dueMs: 21, items: [item('5')] },
      { groupId: 'b', dueMs: 1, items: [item('6')] },
    ],
    remove: [],
  });
  const due = backlog.due('a', { nowMs: 20, limit: 10, except: NONE });
  expect(idsOf(due)).toEqual([['1', '2'], ['3'], ['4']]);
  expect(due[0]?.items[0]?.deliveries).toBe(2);
  expect(idsOf(backlog.due('a', { nowMs: 20, limit: 1, except: NONE }))).toEqual([['1', '2']]);
});

test('leaves out chunks that are excepted, and those that were removed', async () => {
  const backlog = await open(tempFolder());
  const add = ['1', '2', '3'].map((id) => ({ groupId: 'a', dueMs: 1, items: [item(id)] }));
  const [first = '', second = ''] = await backlog.write({ add, remove: [] });
  await backlog.write({ add: [], remove: [first] });
  const query = { nowMs: 1, limit: 10 };
  expect(idsOf(backlog.due('a', { ...query, except: NONE }))).toEqual([['2'], ['3']]);
  expect(idsOf(backlog.due('a', { ...query, except: new Set([second]) }))).toEqual([['3']]);
});

test('counts messages by group, and clears a group up to a time', async () => {
  const backlog = await open(tempFolder());
  await backlog.write({
    add: [
      { groupId: 'a', dueMs: 10, items: [item('1'), item('2')] },
      { groupId: 'a', dueMs: 30, items: [item('3')] },
      { groupId: 'ab', dueMs: 10, items: [item('4')] },
    ],
    remove: [],
  });
  expect([...backlog.counts()]).toEqual([
    ['a', 3],
    ['ab', 1],
  ]);
  expect(await backlog.clear('a', { dueBeforeMs: 30, except: NONE })).toEqual({
    messages: 2,
    isDone: true,
  });
  expect([...backlog.counts()]).toEqual([
    ['a', 1],
    ['ab', 1],
  ]);
  expect(await backlog.clear('a', { except: NONE })).toEqual({ messages: 1, isDone: true });
  expect([...backlog.counts()]).toEqual([['ab', 1]]);
});

test('keeps what was written, in its order, when it is opened again', async () => {
  const path = tempFolder();
  const before = await openLmdbGroupBacklog({ path, sync: 'flush', nowMs: () => 5 });
  await before.write({ add: [{ groupId: 'a', dueMs: 1, items: [item('1')] }], remove: [] });
  await before.close();
  const after = await open(path, 6);
  await after.write({ add: [{ groupId: 'a', dueMs: 1, items: [item('2')] }], remove: [] });
  expect(idsOf(after.due('a', { nowMs: 1, limit: 9, except: NONE }))).toEqual([['1'], ['2']]);
});

test('clears a thousand chunks at a time, and none that is excepted', async () => {
  const backlog = await open(tempFolder());
  const add = Array.from({ length: 1002 }, (_, at) => ({
    groupId: 'a',
    dueMs: 1,
    items: [item(`${at}`)],
  }));
  const [first = ''] = await backlog.write({ add, remove: [] });
  const except = new Set([first]);
  expect(await backlog.clear('a', { except })).toEqual({ messages: 1000, isDone: false });
  expect(await backlog.clear('a', { except })).toEqual({ messages: 1, isDone: true });
  expect(idsOf(backlog.due('a', { nowMs: 1, limit: 9, except: NONE }))).toEqual([['0']]);
});

test('takes what is due hours from now for due: the clock was put back', async () => {
  const backlog = await open(tempFolder());
  const now = 10_000_000;
  await backlog.write({
    add: [
      { groupId: 'a', dueMs: now + 3_600_000, items: [item('2')] },
      { groupId: 'a', dueMs: now + 60_000, items: [item('3')] },
      { groupId: 'a', dueMs: now, items: [item('1')] },
    ],
    remove: [],
  });
  expect(idsOf(backlog.due('a', { nowMs: now, limit: 9, except: NONE }))).toEqual([['1'], ['2']]);
});
