import { refuse } from '../../model/failure.ts';
import type { KnownProduct } from '../products/product-directory.ts';
import { mayPublish } from '../topic/may-publish.ts';
import type { Topic } from '../topic/parse-topic.ts';
import { eventOfSuffix, isReplyToDownlink, isRrpcResponse } from '../topic/system-topics.ts';
import { NO_REPLIES } from './device-replies.ts';
import { asSent, publishContent } from './publish-content.ts';
import { REQUEST_TAKERS, takeGatewayRequest } from './requests.ts';
import { takeReply, takeRrpcResponse } from './take-answer.ts';
import { takeClockRequest } from './take-clock-request.ts';
import { MULTI_POST_TAKERS } from './take-many-posts.ts';
import { otaTakerOf } from './take-ota-report.ts';
import { takeEventPost, takePropertyPost } from './take-post.ts';
import type { Judged, Taken, Taker, Uplink, UplinkParts } from './uplink.ts';

/**
 * Checks the topic and does what is due to it: what a thing model describes is checked and published,
 * requests are answered. Waits for nothing that is at hand: each wait keeps a frame alive until the bus
 * has the message, and ten thousands of them a second are what the collector then copies.
 */
export function takeUplink(uplink: Uplink, parts: UplinkParts): Promise<Taken> {
  const topic = mayPublish(uplink.topic, uplink.device);
  if (!topic.ok) return Promise.resolve({ outcome: topic, replies: NO_REPLIES });
  const product = parts.products.find(uplink.device.productKey);
  return product instanceof Promise
    ? product.then((found) => takeJudged(uplink, topic.value, { product: found, parts }))
    : takeJudged(uplink, topic.value, { product, parts });
}

function takeJudged(
  uplink: Uplink,
  topic: Topic,
  { product, parts }: { product: KnownProduct | undefined; parts: UplinkParts },
): Promise<Taken> {
  if (product) {
    const judged = { uplink, topic, product, nowMs: parts.nowMs() };
    return takerOf(topic)(judged, parts);
  }
  const { productKey } = uplink.device;
  const outcome = refuse({ kind: 'unknown-product', productKey });
  return Promise.resolve({ outcome, replies: NO_REPLIES });
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
    case 'ota':
      return otaTakerOf(topic.action) ?? takeAsSent;
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
