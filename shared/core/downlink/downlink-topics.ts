import { Buffer } from 'node:buffer';
import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { TopicOwner } from '../topic/may-publish.ts';
import { isPlatformLevel, parseTopic, type Topic } from '../topic/parse-topic.ts';

/** The device that a message of Pub goes to: only custom topics are open to it (protocol.md 7.4). */
export function readPubTopic(
  topicFullName: string,
  productKey: string,
): Result<{ deviceName: string }> {
  const topic = readTopic(topicFullName);
  if (!topic.ok) return topic;
  if (topic.value.family !== 'custom') return invalid('TopicFullName', 'not a custom topic');
  const { deviceName } = topic.value;
  return topic.value.productKey === productKey
    ? ok({ deviceName })
    : invalid('TopicFullName', OTHER_PRODUCT);
}

/** Refuses what is not `/broadcast/${productKey}/…`. */
export function checkBroadcastTopic(topicFullName: string, productKey: string): Result<void> {
  const topic = readTopic(topicFullName);
  if (!topic.ok) return topic;
  if (topic.value.family !== 'broadcast') return invalid('TopicFullName', 'not a broadcast topic');
  return topic.value.productKey === productKey
    ? ok(undefined)
    : invalid('TopicFullName', OTHER_PRODUCT);
}

/**
 * What stands behind `/ext/rrpc/<id>`, without the line break that a published sample has at its end.
 * It need not name the device (protocol.md 3.11); one that names another, or is of the platform, is refused.
 */
export function readRrpcTopic(
  text: string,
  { productKey, deviceName }: TopicOwner,
): Result<string> {
  const topic = text.trim();
  if (!RRPC_TOPIC.test(topic)) return invalid('Topic', 'levels behind slashes, without wildcards');
  const [, first = '', second] = topic.split('/');
  if (isPlatformLevel(first)) return invalid('Topic', 'a topic of the platform');
  if (first === productKey && second !== deviceName)
    return invalid('Topic', 'a topic of another device');
  return Buffer.byteLength(topic) <= MOST_RRPC_TOPIC_BYTES
    ? ok(topic)
    : invalid('Topic', `at most ${MOST_RRPC_TOPIC_BYTES} bytes`);
}

const RRPC_TOPIC = /^(\/[^/+#\0]+)+$/;

/** `/ext/rrpc/` and an id of 19 digits go in front, and a topic has 128 (protocol.md 3.9). */
const MOST_RRPC_TOPIC_BYTES = 128 - 29;

const OTHER_PRODUCT = 'a topic of another product';

function readTopic(topicFullName: string): Result<Topic> {
  const topic = parseTopic(topicFullName);
  if (topic.ok || topic.failure.kind !== 'topic-refused') return topic;
  return invalid('TopicFullName', topic.failure.reason);
}

function invalid(parameter: string, reason: string): Refusal {
  return refuse({ kind: 'invalid-parameter', parameter, reason });
}
