import { refuse } from '../../model/failure.ts';
import { mayPublish } from '../topic/may-publish.ts';
import type { Topic } from '../topic/parse-topic.ts';
import { eventOfSuffix, isReplyToDownlink, isRrpcResponse } from '../topic/system-topics.ts';
import { NO_REPLIES } from './device-replies.ts';
import { asSent, publishContent } from './publish-content.ts';
import { REQUEST_TAKERS, takeGatewayRequest } from './requests.ts';
import { takeReply, takeRrpcResponse } from './take-answer.ts';
import { takeClockRequest } from './take-clock-request.ts';
import { MULTI_POST_TAKERS } from './take-many-posts.ts';
import { takeEventPost, takePropertyPost } from './take-post.ts';
import type { Judged, Taken, Taker, Uplink, UplinkParts } from './uplink.ts';

/** Checks the topic and does what is due to it: what a thing model describes is checked and published, requests are answered. */
export async function takeUplink(uplink: Uplink, parts: UplinkParts): Promise<Taken> {
  const { productKey } = uplink.device;
  const topic = mayPublish(uplink.topic, uplink.device);
  if (!topic.ok) return { outcome: topic, replies: NO_REPLIES };
  const product = await parts.products.find(productKey);
  if (!product) {
    return { outcome: refuse({ kind: 'unknown-product', productKey }), replies: NO_REPLIES };
  }
  const judged = { uplink, topic: topic.value, product, nowMs: parts.nowMs() };
  return takerOf(topic.value)(judged, parts);
}

function takerOf(topic: Topic): Taker {
  switch (topic.family) {
    case 'sys':
      return sysTakerOf(topic.suffix);
    case 'rrpc':
      return takeRrpcResponse;
    case 'session':
      return takeGatewayRequest;
    case 'ntp':
      return takeClockRequest;
    default:
      return takeAsSent;
  }
}

/** Property posts first: they are most of what comes. */
function sysTakerOf(suffix: string): Taker {
  if (suffix === PROPERTY_POST) return takePropertyPost;
  if (eventOfSuffix(suffix) !== undefined) return takeEventPost;
  const taker = MULTI_POST_TAKERS.get(suffix) ?? REQUEST_TAKERS.get(suffix);
  if (taker) return taker;
  if (isReplyToDownlink(suffix)) return takeReply;
  return isRrpcResponse(suffix) ? takeRrpcResponse : takeAsSent;
}

const PROPERTY_POST = 'thing/event/property/post';

async function takeAsSent(judged: Judged, parts: UplinkParts): Promise<Taken> {
  const outcome = await publishContent(asSent(judged.uplink), judged, parts);
  return { outcome, replies: NO_REPLIES };
}
