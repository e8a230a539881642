import { ok, type Result } from '../../model/failure.ts';
import { ALINK_CODES, refuseAlink } from '../alink/alink-codes.ts';
import { type AlinkRequest, parseAlinkRequest } from '../alink/parse-alink-request.ts';
import { failedTexts, refusalReplies, refused, successReplies } from './device-replies.ts';
import { publishContent } from './publish-content.ts';
import { type Owner, type Split, splitBatch, splitHistory, splitPack } from './split-posts.ts';
import { eventContent, propertyContent } from './thing-content.ts';
import type { Content, Judged, Taken, Taker, UplinkParts } from './uplink.ts';

type Splitting = {
  split: (params: unknown, owner: Owner) => Result<Split>;
  isHistory: boolean;
};

/**
 * Posts that carry several are split into messages of one device each (protocol.md 4.7). All of them are
 * judged before the first is published, and all are published before the reply.
 */
async function takeMany(splitting: Splitting, judged: Judged, parts: UplinkParts): Promise<Taken> {
  const alink = parseAlinkRequest(judged.uplink.body);
  if (!alink.ok) return refused(alink, judged);
  const split = splitting.split(alink.value.params, judged.uplink.device);
  if (!split.ok) return refused(split, judged);
  const contents = contentsOf(split.value, alink.value, { judged, ...splitting });
  if (!contents.ok) return refused(contents, judged);
  const outcomes = await Promise.all(
    contents.value.map((content) => publishContent(content, judged, parts)),
  );
  const [first = NOT_SUB_DEVICES] = outcomes;
  const outcome = outcomes.find(({ ok: isPublished }) => !isPublished) ?? first;
  if (!outcome.ok) return refused(outcome, judged);
  const replies = split.value.isForeign
    ? refusalReplies(judged, NOT_SUB_DEVICES.failure)
    : successReplies(judged, alink.value, failuresOf(contents.value));
  return { outcome, replies };
}

/** What is of another device is not taken: sub-devices do not speak through their gateways yet (protocol.md 4.13). */
const NOT_SUB_DEVICES = refuseAlink(ALINK_CODES.topoNotExist);

function contentsOf(
  { posts }: Split,
  { id }: AlinkRequest,
  { judged, isHistory }: { judged: Judged; isHistory: boolean },
): Result<readonly Content[]> {
  const contents: Content[] = [];
  for (const { event, params } of posts) {
    const content =
      event === undefined
        ? propertyContent({ id, params }, judged, isHistory)
        : eventContent({ identifier: event, alink: { id, params } }, judged, isHistory);
    if (!content.ok) return content;
    contents.push(content.value);
  }
  return ok(contents);
}

function failuresOf(contents: readonly Content[]): Record<string, string> {
  return Object.assign({}, ...contents.map(({ failed = {} }) => failedTexts(failed)));
}

const takerOf =
  (split: Splitting['split'], isHistory: boolean): Taker =>
  (judged, parts) =>
    takeMany({ split, isHistory }, judged, parts);

export const MULTI_POST_TAKERS: ReadonlyMap<string, Taker> = new Map([
  ['thing/event/property/history/post', takerOf(splitHistory, true)],
  ['thing/event/property/pack/post', takerOf(splitPack, false)],
  ['thing/event/property/batch/post', takerOf(splitBatch, false)],
]);
