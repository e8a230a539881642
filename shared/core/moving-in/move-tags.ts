import { ok, type Result, refuse } from '../../model/failure.ts';
import type { TagsRecord } from '../../model/tables.ts';
import { readJsonObject } from '../alink/decode-json.ts';
import { MOST_TAGS } from '../tags/tags.ts';
import type { MovedDevice, Work } from './moving.ts';
import type { Outcome } from './moving-report.ts';
import { storeMerged } from './store-merged.ts';

/** Moves the tags of a device; undefined where it has none. Tags have no version: the account's word counts. */
export async function moveTags(
  { iotId }: MovedDevice,
  { moving }: Work,
): Promise<Result<Outcome | undefined>> {
  const { account, store } = moving;
  const props = await account.tags(iotId);
  if (!props.ok) return props;
  const tags = readTags(props.value);
  if (!tags) return refused('the account shows tags that are not JSON');
  if (tags.length === 0) return ok(undefined);
  let isOver = false;
  const outcome = await storeMerged(store.table('tags'), { partition: iotId }, (local) => {
    const merged = mergeTags(local, tags);
    isOver = merged !== local && Object.keys(merged.tags).length > MOST_TAGS;
    return isOver ? local : merged;
  });
  return isOver ? refused(`it would have more than ${MOST_TAGS} tags here`) : ok(outcome);
}

type Tag = readonly [attrKey: string, attrValue: string];

/** `Props` of QueryDeviceProp: a JSON object as text (protocol.md 7.3); empty for a device without tags. */
function readTags(props: string): readonly Tag[] | undefined {
  const parsed = props.trim() === '' ? {} : readJsonObject(props);
  if (!parsed) return undefined;
  return Object.entries(parsed).map(([attrKey, value]) => [
    attrKey,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}

/** Tags that are here alone stay, as do devices. */
function mergeTags(local: TagsRecord | undefined, tags: readonly Tag[]): TagsRecord {
  const merged = new Map(Object.entries(local?.tags ?? {}));
  if (local && tags.every(([attrKey, value]) => merged.get(attrKey) === value)) return local;
  for (const [attrKey, value] of tags) merged.set(attrKey, value);
  return { tags: Object.fromEntries(merged) };
}

function refused(reason: string) {
  return refuse({ kind: 'invalid-parameter', parameter: 'Props', reason });
}
