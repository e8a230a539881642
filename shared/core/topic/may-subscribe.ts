import { ok, type Result } from '../../model/failure.ts';
import { isOwn, type TopicOwner } from './may-publish.ts';
import { parseFilter, refuseTopic, type Topic } from './parse-topic.ts';
import { isReplyToDownlink, isUplink } from './system-topics.ts';

/** Matches no topic that is addressed to a device; published samples subscribe to it. */
const BARE_RRPC_FILTER = '/ext/rrpc/+';

/**
 * What a device may subscribe to: its own custom topics, broadcasts of its product and those of its
 * own system topics that lead to the device. The levels that name product and device have to be
 * spelt out, so that no wildcard can match what is foreign. Refuses with `topic-refused`.
 */
export function maySubscribe(filter: string, device: TopicOwner): Result<Topic> {
  if (filter === BARE_RRPC_FILTER) {
    const { productKey, deviceName } = device;
    return ok({ family: 'rrpc', messageId: '+', productKey, deviceName, suffix: '' });
  }
  const parsed = parseFilter(filter);
  if (!parsed.ok) return parsed;
  if (!isOwn(parsed.value, device)) return refuseTopic(filter, 'not a topic of this device');
  return leadsToDevice(parsed.value)
    ? parsed
    : refuseTopic(filter, 'devices do not subscribe to it');
}

/** A wildcard may cover own uplinks too: the cloud sends nothing there. */
function leadsToDevice(topic: Topic): boolean {
  switch (topic.family) {
    case 'custom':
    case 'rrpc':
    case 'broadcast':
    case 'error':
      return true;
    case 'sys':
      // One SDK subscribes to its own answer to a push of configuration, and waits for its SUBACK.
      return !isUplink(topic) || isReplyToDownlink(topic.suffix);
    case 'session':
    case 'ntp':
      return !isUplink(topic);
    case 'ota':
      return OTA_DOWNLINKS.has(topic.action);
    case 'shadow':
      return topic.action === 'get' || topic.action === '+';
    case 'status':
      return false;
  }
}

/** `request` is answered on the same topic (protocol.md 4.11). */
const OTA_DOWNLINKS: ReadonlySet<string> = new Set(['upgrade', 'request', '+']);
