import { ok, type Result, refuse } from '../../model/failure.ts';
import type { Downlink } from '../../ports/downlink.ts';
import type { Store } from '../../ports/table.ts';
import { inGroups } from '../records/in-groups.ts';

type FullBroadcast = { productKey: string; messageId: string; payload: Uint8Array };

type Parts = {
  downlink: Pick<Downlink, 'connectedDevices' | 'publish'>;
  store: Store;
  nowMs: () => number;
};

/**
 * To every device of a product that is connected now, on a topic of its own, and only once a minute
 * (protocol.md 7.4). Refuses `broadcast-rate-exceeded`, and `downlink-failed` where the broker does not
 * tell who is connected.
 */
export async function broadcastToAll(
  { productKey, messageId, payload }: FullBroadcast,
  parts: Parts,
): Promise<Result<void>> {
  const deviceNames = await parts.downlink.connectedDevices(productKey);
  if (!deviceNames) return NOT_TOLD;
  const isFirst = await markMinute(productKey, parts);
  if (!isFirst) return refuse({ kind: 'broadcast-rate-exceeded', limitPerMinute: 1 });
  for (const group of inGroups(deviceNames, SENT_AT_ONCE)) {
    const sent = group.map((deviceName) => {
      const topic = `/sys/${productKey}/${deviceName}/broadcast/request/${messageId}`;
      return parts.downlink.publish({ productKey, deviceName, topic, payload, qos: 0 });
    });
    await Promise.all(sent);
  }
  return ok(undefined);
}

/** False if there was one within the minute; whichever instance sent it. */
function markMinute(productKey: string, { store, nowMs }: Parts): Promise<boolean> {
  const seenAtMs = nowMs();
  const key = { partition: `full-broadcast/${productKey}` };
  const expiresAtMs = seenAtMs + BROADCAST_INTERVAL_MS;
  return store.table('seen').insert(key, { seenAtMs }, { expiresAtMs });
}

const NOT_TOLD = refuse({
  kind: 'downlink-failed',
  reason: 'the broker does not tell which devices are connected',
});
const BROADCAST_INTERVAL_MS = 60_000;
const SENT_AT_ONCE = 100;
