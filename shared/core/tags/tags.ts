import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result } from '../../model/failure.ts';
import type { Message, TagsBody } from '../../model/message.ts';
import type { Store } from '../../ports/table.ts';
import { ALINK_CODES, refuseAlink } from '../alink/alink-codes.ts';
import { updateRecord } from '../records/update-record.ts';

export type Tags = Readonly<Record<string, string>>;

type Change = { device: DeviceRecord; store: Store };

/** Protocol.md 4.9, 5.5. */
export const MOST_TAGS = 100;

/** Attribute keys of protocol.md 4.9. */
export function isTagKey(key: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_.]{0,99}$/.test(key);
}

/** The platform names no limit; a hundred of these still fit the rows of every store. */
export const LONGEST_TAG_VALUE_CHARACTERS = 1024;

export async function readTags(iotId: string, store: Store): Promise<Tags> {
  const found = await store.table('tags').read({ partition: iotId });
  return found?.value.tags ?? {};
}

/** Adds tags to those that there are, or gives them other values. Refuses 460 and changes nothing where they would be over 100. */
export async function saveTags(tags: Tags, { device, store }: Change): Promise<Result<Tags>> {
  const table = store.table('tags');
  const key = { partition: device.iotId };
  for (;;) {
    const found = await table.read(key);
    const saved = { ...found?.value.tags, ...tags };
    if (Object.keys(saved).length > MOST_TAGS) return refuseAlink(ALINK_CODES.parameterError);
    const written = found
      ? await table.replace(key, { tags: saved }, found.version)
      : await table.insert(key, { tags: saved });
    if (written) return ok(saved);
  }
}

/** Those that are not there do no harm. */
export async function deleteTags(
  keys: readonly string[],
  { device, store }: Change,
): Promise<void> {
  const gone = new Set(keys);
  await updateRecord(store.table('tags'), { partition: device.iotId }, (record) => {
    const kept = Object.entries(record.tags).filter(([key]) => !gone.has(key));
    return { tags: Object.fromEntries(kept) };
  });
}

type TagsMessage = {
  device: DeviceRecord;
  action: TagsBody['action'];
  value: TagsBody['value'];
  nowMs: number;
};

/** What the platform routes when tags change (protocol.md 8.3). */
export function tagsContent(message: TagsMessage): Pick<Message, 'kind' | 'topic' | 'body'> {
  const { action, value, nowMs } = message;
  const { productKey, deviceName, iotId } = message.device;
  const body: TagsBody = { action, iotId, productKey, deviceName, value, messageCreateTime: nowMs };
  const topic = `/${productKey}/${deviceName}/thing/deviceinfo/update`;
  return { kind: 'tags', topic, body: Buffer.from(JSON.stringify(body)) };
}
