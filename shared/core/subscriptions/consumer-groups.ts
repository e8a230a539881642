import { ok, type Result, refuse } from '../../model/failure.ts';
import type { ConsumerGroupRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { type RandomBytes, randomAlphanumeric } from '../random/random-text.ts';
import { updateRecord, upsertRecord } from '../records/update-record.ts';
import { walkPartition } from '../records/walk-partition.ts';
import { textWidth } from '../text/text-width.ts';

export type ConsumerGroup = ConsumerGroupRecord & { groupId: string };

/** Is there without anybody's doing, and can be neither renamed nor deleted (protocol.md 7.4). */
export const DEFAULT_GROUP = 'DEFAULT_GROUP';

type Parts = { store: Store; nowMs: () => number; randomBytes: RandomBytes };

/**
 * Makes a group and gives its id. Refuses a malformed name, and `consumer-group-limit`, under
 * concurrent calls too. Several groups may have one name.
 */
export async function createConsumerGroup(
  groupName: string,
  { store, nowMs, randomBytes }: Parts,
): Promise<Result<string>> {
  const named = checkGroupName('GroupName', groupName);
  if (!named.ok) return named;
  const table = store.table('consumer_groups');
  const record = { groupName, createdAtMs: nowMs(), resetAtMs: 0 };
  let groupId: string;
  do groupId = newGroupId(randomBytes);
  while (!(await table.insert(keyOf(groupId), record)));
  // Counted behind the insert, so that calls at the same moment count one another.
  const groups = await allGroups(store);
  if (groups.length <= MOST_GROUPS + 1) return ok(groupId);
  await table.remove(keyOf(groupId));
  return refuse({ kind: 'consumer-group-limit', most: MOST_GROUPS });
}

/** Refuses `unknown-consumer-group`, `default-consumer-group` and a malformed name. */
export async function renameConsumerGroup(
  { groupId, groupName }: { groupId: string; groupName: string },
  store: Store,
): Promise<Result<void>> {
  if (groupId === DEFAULT_GROUP) return refuse({ kind: 'default-consumer-group' });
  const named = checkGroupName('NewGroupName', groupName);
  if (!named.ok) return named;
  const table = store.table('consumer_groups');
  const changed = await updateRecord(table, keyOf(groupId), (group) => ({ ...group, groupName }));
  return changed ? ok(undefined) : refuse({ kind: 'unknown-consumer-group', groupId });
}

/** What was generated up to now is not delivered to the group any more. Refuses `unknown-consumer-group`. */
export async function resetConsumerGroup(
  groupId: string,
  { store, nowMs }: Pick<Parts, 'store' | 'nowMs'>,
): Promise<Result<void>> {
  const table = store.table('consumer_groups');
  const resetAtMs = nowMs();
  if (groupId === DEFAULT_GROUP) {
    const { groupId: _, ...untouched } = UNTOUCHED_DEFAULT;
    await upsertRecord(table, keyOf(groupId), (group) => ({ ...(group ?? untouched), resetAtMs }));
    return ok(undefined);
  }
  const changed = await updateRecord(table, keyOf(groupId), (group) => ({ ...group, resetAtMs }));
  return changed ? ok(undefined) : refuse({ kind: 'unknown-consumer-group', groupId });
}

/** Refuses `unknown-consumer-group`. */
export async function findConsumerGroup(
  groupId: string,
  store: Store,
): Promise<Result<ConsumerGroup>> {
  const found = await store.table('consumer_groups').read(keyOf(groupId));
  if (found) return ok({ ...found.value, groupId });
  if (groupId === DEFAULT_GROUP) return ok(UNTOUCHED_DEFAULT);
  return refuse({ kind: 'unknown-consumer-group', groupId });
}

export type ConsumerGroupPage = {
  /** From 1. */
  page: number;
  pageSize: number;
  /** Absent: groups of every name. */
  nameContains?: string | undefined;
};

/** `total` is of all pages. */
export type ListedConsumerGroups = { groups: readonly ConsumerGroup[]; total: number };

/** The default group, then the oldest first, so that one which is made meanwhile moves no other to another page. */
export async function listConsumerGroups(
  { page, pageSize, nameContains = '' }: ConsumerGroupPage,
  store: Store,
): Promise<ListedConsumerGroups> {
  const groups = (await allGroups(store)).filter((one) => one.groupName.includes(nameContains));
  groups.sort((a, b) => a.createdAtMs - b.createdAtMs);
  return { groups: groups.slice((page - 1) * pageSize, page * pageSize), total: groups.length };
}

/** With the default one. */
async function allGroups(store: Store): Promise<ConsumerGroup[]> {
  const groups = new Map([[DEFAULT_GROUP, UNTOUCHED_DEFAULT]]);
  for await (const { sort, value } of walkPartition(store.table('consumer_groups'), PARTITION)) {
    groups.set(sort, { ...value, groupId: sort });
  }
  return [...groups.values()];
}

/** 0: nobody made it, so it is older than any other. */
const UNTOUCHED_DEFAULT: ConsumerGroup = {
  groupId: DEFAULT_GROUP,
  groupName: DEFAULT_GROUP,
  createdAtMs: 0,
  resetAtMs: 0,
};

function checkGroupName(parameter: string, groupName: string): Result<void> {
  const width = textWidth(groupName);
  if (GROUP_NAME.test(groupName) && width >= SHORTEST_NAME && width <= LONGEST_NAME) {
    return ok(undefined);
  }
  return refuse({ kind: 'invalid-parameter', parameter, reason: NAME_RULE });
}

const newGroupId = (randomBytes: RandomBytes): string =>
  `${randomAlphanumeric(RANDOM_ID_CHARACTERS, randomBytes)}${ID_SUFFIX}`;

/** Of the record of a group. */
export const keyOf = (groupId: string) => ({ partition: PARTITION, sort: groupId });

/** Groups are few and are listed whole: one partition. */
const PARTITION = 'consumer-groups';

/** Of an account, beside the default one (protocol.md 7.4). */
const MOST_GROUPS = 1000;

const GROUP_NAME = /^[\p{Script=Han}A-Za-z0-9_]+$/u;
const SHORTEST_NAME = 4;
const LONGEST_NAME = 30;
const NAME_RULE = `${SHORTEST_NAME} to ${LONGEST_NAME} Chinese characters, letters, digits and _, a Chinese one counts as two`;

/** As the platform's ids are: 20 drawn characters and six digits. */
const RANDOM_ID_CHARACTERS = 20;
const ID_SUFFIX = '000000';
