import { ok, type Result } from '../../model/failure.ts';
import type { TopicClassRecord } from '../../model/tables.ts';
import type { AccountEntry } from '../../ports/account.ts';
import { walkPartition } from '../records/walk-partition.ts';
import { DEFAULT_CLASSES } from '../topic-classes/topic-classes.ts';
import { numberIn, type Readable, textIn } from './account-members.ts';
import type { Moving } from './moving.ts';
import { noteProblem, type Outcome, refusalText, type Tally } from './moving-report.ts';

type AccountTopic = Omit<TopicClassRecord, 'createdAtMs'>;

/** Moves the custom topic classes of a product. Refuses only where the account limits calls. */
export async function moveTopics(moving: Moving, tally: Tally): Promise<Result<void>> {
  const { productKey } = tally;
  const listed = await moving.account.topicClasses(productKey);
  if (!listed.ok) {
    if (listed.failure.kind === 'identity-source-throttled') return listed;
    noteProblem(tally, `the custom topics: ${refusalText(listed.failure)}`);
    return ok(undefined);
  }
  const isOld = (entry: AccountEntry) => OLD_TOPIC.test(textIn(entry, 'TopicShortName'));
  const old = listed.value.filter(isOld).length;
  if (old > 0) tally.notes.push(oldNote(old));
  for (const entry of listed.value.filter((one) => !isOld(one))) {
    await moveEntry(entry, moving, tally);
  }
  return ok(undefined);
}

async function moveEntry(entry: AccountEntry, moving: Moving, tally: Tally): Promise<void> {
  const read = readTopic(entry);
  if ('reason' in read) {
    tally.topics.refused += 1;
    noteProblem(tally, `custom topic: ${read.reason}`, textIn(entry, 'TopicShortName'));
  } else {
    const outcome = await moveTopic(read.value, moving, tally);
    if (outcome) tally.topics[outcome] += 1;
  }
}

/** Of a product that is older than `/user/` (protocol.md 3.10). */
const OLD_TOPIC = /^\/[^/]+\/[^/]+\/(?!user\/)/;

const oldNote = (count: number): string =>
  `custom topics without /user/, which devices may use all the same, are not listed here: ${count}`;

const OPERATIONS: ReadonlyMap<string, TopicClassRecord['operation']> = new Map([
  ['0', 'PUB'],
  ['1', 'SUB'],
  ['2', 'ALL'],
  ['PUB', 'PUB'],
  ['SUB', 'SUB'],
  ['ALL', 'ALL'],
]);

const isDefault = ({ topicShortName, operation }: AccountTopic): boolean =>
  DEFAULT_CLASSES.some(
    (known) => known.topicShortName === topicShortName && known.operation === operation,
  );

/** QueryProductTopic shows `/${productKey}/${deviceName}/user/…`, CreateProductTopic takes the end of it (protocol.md 7.4). */
const WHOLE_TOPIC = /^\/[^/]+\/[^/]+\/user\//;

function readTopic(entry: AccountEntry): Readable<AccountTopic> {
  const topicShortName = textIn(entry, 'TopicShortName').replace(WHOLE_TOPIC, '');
  const topicId = numberIn(entry, 'Id');
  const operation = OPERATIONS.get(String(entry['Operation']));
  if (topicShortName === '') return { reason: 'the account shows no name' };
  if (topicId === undefined || !Number.isSafeInteger(topicId)) {
    return { reason: 'the account shows no Id' };
  }
  if (!operation) return { reason: 'the account shows no Operation that is known' };
  return { value: { topicId, topicShortName, operation, description: textIn(entry, 'Desc') } };
}

/**
 * A class is known by its name: one that was made here has an id of its own, and keeps it. Undefined for
 * one that every product has.
 */
async function moveTopic(
  topic: AccountTopic,
  moving: Moving,
  tally: Tally,
): Promise<Outcome | undefined> {
  const { store, isDryRun, nowMs } = moving;
  const classes = store.table('topic_classes');
  const local = await findByName(topic, moving, tally.productKey);
  if (!local && isDefault(topic)) return undefined;
  if (local && hasSameContent(local.value, topic)) return 'unchanged';
  if (isDryRun) return local ? 'changed' : 'added';
  if (local) {
    const { topicId, createdAtMs } = local.value;
    const key = { partition: tally.productKey, sort: local.sort };
    const changed = { ...topic, topicId, createdAtMs };
    if (await classes.replace(key, changed, local.version)) return 'changed';
    return moveTopic(topic, moving, tally);
  }
  const key = { partition: tally.productKey, sort: String(topic.topicId) };
  if (await classes.insert(key, { ...topic, createdAtMs: nowMs() })) return 'added';
  const reason = 'custom topic: its Id belongs to another topic here';
  noteProblem(tally, reason, topic.topicShortName);
  return 'refused';
}

async function findByName({ topicShortName }: AccountTopic, { store }: Moving, productKey: string) {
  for await (const entry of walkPartition(store.table('topic_classes'), productKey)) {
    if (entry.value.topicShortName === topicShortName) return entry;
  }
  return undefined;
}

function hasSameContent(local: TopicClassRecord, topic: AccountTopic): boolean {
  return local.operation === topic.operation && local.description === topic.description;
}
