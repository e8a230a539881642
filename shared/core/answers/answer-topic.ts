import type { TopicOwner } from '../topic/may-publish.ts';

/**
 * Under what an answer is expected and offered: its topic. A custom RRPC may have a topic that names
 * no device (protocol.md 3.11); the device is put behind it, so that no other one can answer.
 */
export function answerTopic(topic: string, { productKey, deviceName }: TopicOwner): string {
  const device = `${productKey}/${deviceName}`;
  return topic.includes(`/${device}/`) ? topic : `${topic} ${device}`;
}
