import type { Handler, Reply, Request } from '../model/http.ts';
import type { Log } from '../ports/log.ts';
import { isRecord } from './event-parts.ts';
import { decodeFc2, encodeFc2, type Fc2Request, isFc2Response } from './fc2-http.ts';
import { fc3Http } from './fc3-http.ts';
import { internalErrorReply } from './internal-error.ts';
import { lambdaHttp } from './lambda-http.ts';
import { lambdaRest } from './lambda-rest.ts';
import { once } from './once.ts';
import { noteRoleCredentials } from './role-credentials.ts';

/**
 * What a cloud calls, whichever it is: `(event, context)`, or `(req, resp, context)` on Function
 * Compute 2. Lambda's Node 24 runtime takes a function with three declared parameters for one with
 * a callback and refuses it, hence the rest parameter.
 */
export type CloudHandler = (...input: readonly unknown[]) => Promise<unknown>;

const TRIGGERS = [fc3Http, lambdaHttp, lambdaRest];

/**
 * Turns a handler into a cloud function. `open` runs at the first call, so that loading the bundle
 * opens nothing. A fault is answered with status 500 and logged.
 * @throws TypeError for an event of an unknown shape, since there is no telling how to answer it.
 */
export function httpFunction(open: () => Handler | Promise<Handler>, log: Log): CloudHandler {
  const opened = once(open);
  const answer = async (request: Request): Promise<Reply> => {
    try {
      const handler = await opened();
      return await handler(request);
    } catch (error) {
      const { requestId, method, path } = request;
      log.error({ requestId, method, path, error }, 'the request failed');
      return internalErrorReply(requestId);
    }
  };
  return async (...input) => {
    const [first, second, context] = input;
    if (isFc2Response(second) && isFc2Request(first)) {
      noteRoleCredentials(context);
      return encodeFc2(await answer(await decodeFc2(first, context)), second);
    }
    noteRoleCredentials(second);
    const event = parseEvent(first);
    for (const { decode, encode } of TRIGGERS) {
      const request = decode(event);
      if (request) return encode(await answer(request));
    }
    throw new TypeError(unknownEvent(event));
  };
}

/** Function Compute hands events over as bytes, Lambda as objects. */
export function parseEvent(event: unknown): unknown {
  if (Buffer.isBuffer(event)) return JSON.parse(event.toString('utf8'));
  return typeof event === 'string' ? JSON.parse(event) : event;
}

function isFc2Request(value: unknown): value is Fc2Request {
  return isRecord(value) && (Symbol.asyncIterator in value || Buffer.isBuffer(value['body']));
}

/** Shows the names in the event, never the values. */
function unknownEvent(event: unknown): string {
  const got = isRecord(event) ? `one with ${Object.keys(event).join(', ')}` : typeof event;
  return `expected an HTTP event of Function Compute 3 (version "v1"), of a Lambda function URL or HTTP API (version "2.0"), of an API Gateway REST API (httpMethod), or (req, resp, context) of Function Compute 2; got ${got}`;
}
