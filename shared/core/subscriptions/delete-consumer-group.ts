import { ok, type Result, refuse } from '../../model/failure.ts';
import type { Store } from '../../ports/table.ts';
import { DEFAULT_GROUP, keyOf } from './consumer-groups.ts';
import { unsubscribeEverywhere } from './subscriptions.ts';

/**
 * Deletes a group and takes it out of every subscription. The group goes first: a subscription that
 * still names it, after a crash or because it was made meanwhile, is read without it, and ids never
 * come back. Refuses `unknown-consumer-group` and `default-consumer-group`.
 */
export async function deleteConsumerGroup(groupId: string, store: Store): Promise<Result<void>> {
  if (groupId === DEFAULT_GROUP) return refuse({ kind: 'default-consumer-group' });
  const isRemoved = await store.table('consumer_groups').remove(keyOf(groupId));
  if (!isRemoved) return refuse({ kind: 'unknown-consumer-group', groupId });
  await unsubscribeEverywhere(groupId, store);
  return ok(undefined);
}
