import { createHash } from 'node:crypto';
import { ok, type Result, refuse } from '../../model/failure.ts';
import type { TopicClassRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';

export type ShownTopicClass = Omit<TopicClassRecord, 'createdAtMs'>;

type NewTopicClass = Omit<ShownTopicClass, 'topicId'> & { productKey: string };

/** Every product has these without anybody's doing (protocol.md 7.4); they are not stored. */
export const DEFAULT_CLASSES = [
  { topicShortName: 'update', operation: 'PUB', description: '' },
  { topicShortName: 'update/error', operation: 'PUB', description: '' },
  { topicShortName: 'get', operation: 'SUB', description: '' },
] as const;

/** Of a product, beside the default ones (protocol.md 3.9). */
const MOST_TOPIC_CLASSES = 50;

/**
 * Makes a custom topic class of a product that exists; gives its id. Refuses `topic-class-exists` and
 * `topic-class-limit`, under concurrent calls too.
 */
export async function createTopicClass(
  { productKey, ...shown }: NewTopicClass,
  { store, nowMs }: { store: Store; nowMs: () => number },
): Promise<Result<number>> {
  const { topicShortName } = shown;
  const exists = refuse({ kind: 'topic-class-exists', topicShortName });
  const known = await listTopicClasses(productKey, store);
  if (known.some((topicClass) => topicClass.topicShortName === topicShortName)) return exists;
  const topicId = topicIdOf(productKey, topicShortName);
  const key = { partition: productKey, sort: String(topicId) };
  const table = store.table('topic_classes');
  if (!(await table.insert(key, { ...shown, topicId, createdAtMs: nowMs() }))) return exists;
  const { records } = await table.list(productKey, { limit: MOST_TOPIC_CLASSES + 1 });
  if (records.length <= MOST_TOPIC_CLASSES) return ok(topicId);
  // Counted behind the insert, so that calls at the same moment count one another.
  await table.remove(key);
  return refuse({ kind: 'topic-class-limit', most: MOST_TOPIC_CLASSES });
}

/** Oldest first, behind the default ones. */
export async function listTopicClasses(
  productKey: string,
  store: Store,
): Promise<readonly ShownTopicClass[]> {
  const { records } = await store
    .table('topic_classes')
    .list(productKey, { limit: LISTED_CLASSES });
  const stored = records.map(({ value }) => value).sort((a, b) => a.createdAtMs - b.createdAtMs);
  const names = new Set(stored.map(({ topicShortName }) => topicShortName));
  const defaults = DEFAULT_CLASSES.filter(({ topicShortName }) => !names.has(topicShortName));
  return [
    ...defaults.map((shown) => ({
      ...shown,
      topicId: topicIdOf(productKey, shown.topicShortName),
    })),
    ...stored,
  ];
}

/** An account that was moved in may have more than can be made here. */
const LISTED_CLASSES = 1000;

/** Follows from the name, so that two calls at the same moment cannot make a class twice; 15 digits at most. */
function topicIdOf(productKey: string, topicShortName: string): number {
  const digest = createHash('sha256').update(`${productKey}/${topicShortName}`).digest();
  return digest.readUIntBE(0, ID_BYTES);
}

const ID_BYTES = 6;
