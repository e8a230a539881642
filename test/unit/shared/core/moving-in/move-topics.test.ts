import { beforeEach, expect, test } from 'vitest';
import { walkPartition } from '../../../../../shared/core/records/walk-partition.ts';
import { refuse } from '../../../../../shared/model/failure.ts';
import type { TopicClassRecord } from '../../../../../shared/model/tables.ts';
import { refusedWith } from '../../../../support/scripted-account.ts';
import { openTestMove, type TestMove } from '../../../../support/test-move.ts';

let parts: TestMove['parts'];
let script: TestMove['script'];
let productKey: TestMove['productKey'];
let move: TestMove['move'];
let moveAll: TestMove['moveAll'];

beforeEach(() => {
  ({ parts, script, productKey, move, moveAll } = openTestMove());
  script.pages.push([]);
});

async function storedTopics(): Promise<TopicClassRecord[]> {
  const topics: TopicClassRecord[] = [];
  for await (const { value } of walkPartition(parts.store.table('topic_classes'), productKey)) {
    topics.push(value);
  }
  return topics;
}

function topic(Id: string, name: string, Operation: string, Desc = '') {
  return { Id, TopicShortName: nameOf(name), Operation, Desc };
}

const nameOf = (name: string) => `/a1TestProd01/\${deviceName}/user/${name}`;

test('custom topics are moved with their ids, and those that every product has are not', async () => {
  script.topics.push(
    topic('11', 'get', '1'),
    topic('12', 'update', '0'),
    topic('13', 'update/error', '0'),
    topic('14', 'state', '0', 'to the server'),
    { Id: '15', TopicShortName: 'cmd/+', Operation: 'SUB' },
    topic('16', 'both', '2'),
  );
  expect((await moveAll({ isDryRun: true })).topics).toMatchObject({ added: 3 });
  expect(await storedTopics()).toEqual([]);
  expect((await moveAll()).topics).toMatchObject({ added: 3, refused: 0 });
  const createdAtMs = parts.nowMs();
  expect(await storedTopics()).toEqual([
    {
      topicId: 14,
      topicShortName: 'state',
      operation: 'PUB',
      description: 'to the server',
      createdAtMs,
    },
    { topicId: 15, topicShortName: 'cmd/+', operation: 'SUB', description: '', createdAtMs },
    { topicId: 16, topicShortName: 'both', operation: 'ALL', description: '', createdAtMs },
  ]);
  expect((await moveAll()).topics).toMatchObject({ added: 0, unchanged: 3 });
});

test('a topic that is here under another id is changed to what the account says, and keeps its id', async () => {
  const own = { topicId: 5, topicShortName: 'state', createdAtMs: 1 };
  const classes = parts.store.table('topic_classes');
  const key = { partition: productKey, sort: '5' };
  await classes.insert(key, { ...own, operation: 'SUB', description: 'own' });
  script.topics.push(topic('14', 'state', '2', 'theirs'));
  expect((await moveAll()).topics).toMatchObject({ changed: 1 });
  expect(await storedTopics()).toEqual([{ ...own, operation: 'ALL', description: 'theirs' }]);
});

test('a topic that cannot be kept here is told with its reason', async () => {
  const own = { topicId: 14, topicShortName: 'mine', createdAtMs: 1 } as const;
  const key = { partition: productKey, sort: '14' };
  const record = { ...own, operation: 'SUB', description: '' } as const;
  await parts.store.table('topic_classes').insert(key, record);
  script.topics.push(
    topic('14', 'state', '0'),
    { Id: '15', TopicShortName: nameOf('get').replace('user/', ''), Operation: '1' },
    { Id: '17', Operation: '1' },
    topic('', 'without', '1'),
    topic('16', 'odd', '9'),
  );
  const { topics, problems, notes } = await moveAll();
  expect(topics).toMatchObject({ added: 0, refused: 4 });
  expect(problems.map(({ reason, examples }) => [reason, examples[0]])).toEqual([
    ['custom topic: its Id belongs to another topic here', 'state'],
    ['custom topic: the account shows no name', ''],
    ['custom topic: the account shows no Id', nameOf('without')],
    ['custom topic: the account shows no Operation that is known', nameOf('odd')],
  ]);
  expect(notes).toEqual([
    'custom topics without /user/, which devices may use all the same, are not listed here: 1',
  ]);
});

test('topics that the account refuses are told, and calls that it limits end the move', async () => {
  script.account.topicClasses = async () => refusedWith('iot.common.RamActionPermissionDeny');
  expect((await moveAll()).problems).toMatchObject([
    { reason: expect.stringContaining('the custom topics: the account refuses it') },
  ]);
  const throttled = refuse({ kind: 'identity-source-throttled', attempts: 6 });
  script.account.topicClasses = async () => throttled;
  expect(await move()).toEqual(throttled);
});
