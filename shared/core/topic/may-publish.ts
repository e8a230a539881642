import type { DeviceRecord } from '../../model/device.ts';
import type { Result } from '../../model/failure.ts';
import { parseTopic, refuseTopic, type Topic } from './parse-topic.ts';
import { isUplink } from './system-topics.ts';

/** All that topic rules need to know of a device. */
export type TopicOwner = Pick<DeviceRecord, 'productKey' | 'deviceName'>;

/**
 * What a device may publish to: its own custom topics and those of its own system topics that lead
 * to the cloud. Refuses with `topic-refused`. Pub and Sub rights of single custom topic classes are
 * not modelled: every custom topic of the device is open both ways.
 */
export function mayPublish(topic: string, device: TopicOwner): Result<Topic> {
  const parsed = parseTopic(topic);
  if (!parsed.ok) return parsed;
  if (!mayOwn(parsed.value, device)) return refuseTopic(topic, 'not a topic of this device');
  return leadsToCloud(parsed.value) ? parsed : refuseTopic(topic, 'devices do not publish to it');
}

/**
 * The topic of a custom RRPC need not name the device: it is the caller's choice (protocol.md 3.11). Who
 * waits for the answer waits for that of one device, see core/answers/answer-topic.ts.
 */
function mayOwn(topic: Topic, device: TopicOwner): boolean {
  if (topic.family === 'rrpc' && topic.productKey !== device.productKey) return true;
  return isOwn(topic, device);
}

export function isOwn(topic: Topic, device: TopicOwner): boolean {
  if (topic.productKey !== device.productKey) return false;
  return topic.family === 'broadcast' || topic.deviceName === device.deviceName;
}

function leadsToCloud(topic: Topic): boolean {
  switch (topic.family) {
    case 'custom':
    case 'rrpc':
      return true;
    case 'sys':
    case 'ota':
    case 'shadow':
    case 'session':
    case 'ntp':
      return isUplink(topic);
    case 'broadcast':
    case 'status':
    case 'error':
      return false;
  }
}
