import { parseTopic } from '../topic/parse-topic.ts';

export type TopicDevice = { productKey: string; deviceName: string };

/** Whose topic it is (protocol.md 8.3); both empty where it names no device of a product. */
export function deviceOfTopic(topic: string): TopicDevice {
  const parsed = parseTopic(topic);
  if (!parsed.ok) return NOBODY;
  const { value } = parsed;
  const { productKey } = value;
  if (value.family === 'broadcast' || topic.endsWith(OTA_JOB_END)) {
    return { productKey, deviceName: '' };
  }
  return { productKey, deviceName: value.deviceName };
}

const NOBODY: TopicDevice = { productKey: '', deviceName: '' };

/** `/${productKey}/${packageId}/${jobId}/ota/job/status` names no device. */
const OTA_JOB_END = '/ota/job/status';
