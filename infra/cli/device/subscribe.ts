import type { MqttClient } from 'mqtt';
import { inGroups } from '../../../shared/core/records/in-groups.ts';
import type { DeviceScript } from './device-script.ts';
import type { Journal } from './journal.ts';
import { type DeviceName, ownTopic } from './simulated-device.ts';
import { downlinkFilters } from './uplinks.ts';

type Listening = {
  client: MqttClient;
  device: DeviceName;
  script: Pick<DeviceScript, 'filters'>;
  journal: Journal;
};

/** At most so many in one packet (protocol.md 3.9). */
const FILTERS_AT_ONCE = 8;

/** A refused filter that nobody asked for is told, and no fault: not every broker has all of them. */
export async function subscribe({ client, device, script, journal }: Listening): Promise<void> {
  const asked = script.filters.map((filter) => ownTopic(filter, device));
  for (const filters of inGroups([...downlinkFilters(device), ...asked], FILTERS_AT_ONCE)) {
    const grants = await askFor(filters, client);
    if (grants === 'lost') return;
    const refused = filters.filter((_, at) => grants && (grants[at] ?? REFUSED) >= REFUSED);
    for (const filter of refused) {
      const event = asked.includes(filter) ? 'failed' : 'refused';
      journal({ event, text: `subscription to ${filter}` });
    }
    const granted = filters.length - refused.length;
    journal({ event: 'subscribed', text: granted === 1 ? '1 topic' : `${granted} topics` });
  }
}

/**
 * The codes of SUBACK; undefined where the broker took them all. `lost`: the client never calls back when the
 * connection ends first, and they are asked for anew at the next.
 */
function askFor(
  filters: readonly string[],
  client: MqttClient,
): Promise<readonly number[] | undefined | 'lost'> {
  return new Promise((resolve) => {
    const lost = () => resolve('lost');
    client.once('close', lost);
    client.subscribe([...filters], { qos: 1 }, (error) => {
      client.off('close', lost);
      resolve(error ? grantsIn(error) : undefined);
    });
  });
}

/** Of SUBACK. */
const REFUSED = 0x80;

/** None where no SUBACK came. */
function grantsIn(error: unknown): readonly number[] {
  const packet: unknown =
    typeof error === 'object' && error !== null && Reflect.get(error, 'packet');
  const granted: unknown =
    typeof packet === 'object' && packet !== null && Reflect.get(packet, 'granted');
  return Array.isArray(granted) ? granted.map(Number) : [];
}
