import type { Result } from '../../model/failure.ts';
import { type AlinkRequest, parseAlinkRequest } from '../alink/parse-alink-request.ts';
import { eventOfSuffix } from '../topic/system-topics.ts';
import { failedTexts, refused, successReplies } from './device-replies.ts';
import { publishContent } from './publish-content.ts';
import { eventContent, propertyContent } from './thing-content.ts';
import type { Content, Judged, Taken, UplinkParts } from './uplink.ts';

/** One set of values, `thing/event/property/post` (protocol.md 4.3). */
export function takePropertyPost(judged: Judged, parts: UplinkParts): Promise<Taken> {
  return takePost(propertyContent, judged, parts);
}

/** One event, `thing/event/${identifier}/post` (protocol.md 4.5). */
export function takeEventPost(judged: Judged, parts: UplinkParts): Promise<Taken> {
  const { topic } = judged;
  const identifier = topic.family === 'sys' ? eventOfSuffix(topic.suffix) : undefined;
  return takePost(
    (alink) => eventContent({ identifier: identifier ?? '', alink }, judged),
    judged,
    parts,
  );
}

type ContentOf = (alink: AlinkRequest, judged: Judged) => Result<Content>;

/** The reply lists what the thing model had against it, where validation is weak (protocol.md 4.1). */
function takePost(contentOf: ContentOf, judged: Judged, parts: UplinkParts): Promise<Taken> {
  const alink = parseAlinkRequest(judged.uplink.body);
  if (!alink.ok) return Promise.resolve(refused(alink, judged));
  const content = contentOf(alink.value, judged);
  if (!content.ok) return Promise.resolve(refused(content, judged));
  const { failed = {} } = content.value;
  return publishContent(content.value, judged, parts).then((outcome) =>
    outcome.ok
      ? { outcome, replies: successReplies(judged, alink.value, failedTexts(failed)) }
      : refused(outcome, judged),
  );
}
