import type { Log } from '../../ports/log.ts';
import { createLimitedLog } from './limited-log.ts';
import { deviceOfTopic } from './topic-device.ts';

/** Tells once a minute of each class of topics that no rule covers. */
export function createUnmatchedLog(parts: { log: Log; nowMs: () => number }) {
  const warn = createLimitedLog(parts, 1);
  return (topic: string): void => {
    const topicClass = classOf(topic);
    warn(
      topicClass,
      { topicClass, topic },
      'no rule covers a message: it is accepted and goes nowhere',
    );
  };
}

/** `/+/+/thing/event/property/post`: the topic without its device. */
function classOf(topic: string): string {
  const { productKey, deviceName } = deviceOfTopic(topic);
  return deviceName === '' ? topic : topic.replace(`/${productKey}/${deviceName}`, '/+/+');
}
