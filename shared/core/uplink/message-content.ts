import { ok, type Result } from '../../model/failure.ts';
import { parseAlinkRequest } from '../alink/parse-alink-request.ts';
import type { Topic } from '../topic/parse-topic.ts';
import { eventOfSuffix } from '../topic/system-topics.ts';
import { eventContent, propertyContent } from './thing-content.ts';
import type { Content, Judged, Uplink } from './uplink.ts';

/** Data that a thing model describes comes out checked and in the platform's routed form; the rest as the device sent it. */
export function contentOf(topic: Topic, judged: Judged): Result<Content> {
  const { uplink } = judged;
  if (topic.family !== 'sys' || !isAlink(topic.suffix)) return ok(asSent(uplink));
  const alink = parseAlinkRequest(uplink.body);
  if (!alink.ok) return alink;
  if (topic.suffix === PROPERTY_POST) return propertyContent(alink.value, judged);
  const identifier = eventOfSuffix(topic.suffix);
  return identifier === undefined
    ? ok(asSent(uplink))
    : eventContent(identifier, alink.value, judged);
}

const PROPERTY_POST = 'thing/event/property/post';
const REPLY = '_reply';
const RAW = 'thing/model/';

/** Requests under /sys are Alink JSON (protocol.md 4.1), but for raw bytes and for replies, which have no params. */
function isAlink(suffix: string): boolean {
  return suffix.startsWith('thing/') && !suffix.startsWith(RAW) && !suffix.endsWith(REPLY);
}

function asSent({ topic, body }: Uplink): Content {
  return { kind: 'uplink', topic, body };
}
