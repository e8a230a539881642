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
  if (!isOwn(parsed.value, device)) return refuseTopic(topic, 'not a topic of this device');
  return leadsToCloud(parsed.value) ? parsed : refuseTopic(topic, 'devices do not publish to it');
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
