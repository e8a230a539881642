import type { Registry } from '../../shared/core/devices/registry.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import type { Store } from '../../shared/ports/table.ts';

/** One custom topic class of each kind. */
export async function fillTopics(productKey: string, { store, nowMs }: Registry): Promise<void> {
  for (const [index, operation] of (['PUB', 'SUB', 'ALL'] as const).entries()) {
    const topic = { topicId: 10_000 + index, topicShortName: `custom/${operation}`, operation };
    const key = { partition: productKey, sort: String(topic.topicId) };
    const record = { ...topic, description: `number ${index}`, createdAtMs: nowMs() };
    await store.table('topic_classes').insert(key, record);
  }
}

/** A shadow and tags, and desired values of what is `writable`; `number` tells one device from another. */
export async function fillExtras(
  { iotId }: DeviceRecord,
  { number, writable }: { number: number; writable: readonly string[] },
  { store, nowMs }: Registry,
): Promise<void> {
  const timestamp = Math.floor(nowMs() / 1000) - number;
  await store.table('shadows').insert(
    { partition: iotId },
    {
      reported: { color: 'red', lamp: { level: number, colors: ['red', '绿'] } },
      desired: number % 2 === 0 ? { color: 'green' } : {},
      reportedMetadata: { color: { timestamp }, lamp: { level: { timestamp } } },
      desiredMetadata: number % 2 === 0 ? { color: { timestamp } } : { timestamp },
      timestampSeconds: timestamp,
      version: number + 1,
    },
  );
  const tags = { Room: `B${number}`, _place: '水箱 "12"' };
  await store.table('tags').insert({ partition: iotId }, { tags });
  // Of a value that was cleared the account shows the version alone.
  const isCleared = number % 10 === 3;
  const value = isCleared ? null : number % 2;
  const changedAtMs = isCleared ? 0 : nowMs() - number;
  const properties = writable.map((identifier) => [
    identifier,
    { value, version: number + 1, changedAtMs },
  ]);
  if (properties.length === 0) return;
  const desired = { properties: Object.fromEntries(properties) };
  await store.table('desired_properties').insert({ partition: iotId }, desired);
}

/** What fillExtras made. */
export async function extrasOf({ iotId }: DeviceRecord, store: Store) {
  const key = { partition: iotId };
  const [shadow, desired, tags] = await Promise.all([
    store.table('shadows').read(key),
    store.table('desired_properties').read(key),
    store.table('tags').read(key),
  ]);
  return { shadow: shadow?.value, desired: desired?.value, tags: tags?.value };
}
