import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Handler, Reply, Request } from '../model/http.ts';
import type { Log } from '../ports/log.ts';
import { collectBody } from './collect-body.ts';
import { decodePath } from './event-parts.ts';
import { internalErrorReply } from './internal-error.ts';

export type NodeListenerOptions = {
  log: Log;
  /** Default 1 MiB. The handler gets one byte more of a longer body, to see and refuse it. */
  bodyLimitBytes?: number;
};

/**
 * Serves a handler from node:http. Replies carry a literal `Content-Length`, are never chunked, and
 * have a head of under 200 bytes: old devices need all three (devices.md 1, rows 3 and 4).
 */
export function createNodeListener(
  handler: Handler,
  options: NodeListenerOptions,
): RequestListener {
  const { log, bodyLimitBytes = DEFAULT_BODY_LIMIT_BYTES } = options;
  const limits = { keptBytes: bodyLimitBytes, readBytes: Math.max(bodyLimitBytes, READ_BYTES) };
  const nextRequestId = createRequestIds();
  return (incoming, outgoing) => {
    collectBody(incoming, limits, (body, complete) => {
      if (!complete) closeBehind(incoming, outgoing);
      const request = requestOf(incoming, body, nextRequestId());
      const fail = (error: unknown) => {
        const { requestId, method, path } = request;
        log.error({ requestId, method, path, error }, 'the request failed');
        send(outgoing, internalErrorReply(requestId));
      };
      try {
        handler(request).then((reply) => send(outgoing, reply), fail);
      } catch (error) {
        fail(error);
      }
    });
  };
}

function requestOf(incoming: IncomingMessage, body: Buffer, requestId: string): Request {
  const { method = 'GET', url = '/', socket } = incoming;
  const question = url.indexOf('?');
  return {
    method,
    path: decodePath(question < 0 ? url : url.slice(0, question)),
    query: question < 0 ? '' : url.slice(question + 1),
    // Node joins what was sent twice, save for Set-Cookie, which is no request header.
    headers: incoming.headers as Request['headers'],
    body,
    sourceIp: socket.remoteAddress ?? '',
    requestId,
  };
}

function send(outgoing: ServerResponse, { status, contentType, body }: Reply): void {
  outgoing.writeHead(status, [
    'Content-Type',
    contentType,
    'Content-Length',
    String(Buffer.byteLength(body)),
  ]);
  outgoing.end(body);
}

/** The rest of the body is never read; the socket goes once the answer has left. */
function closeBehind(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.shouldKeepAlive = false;
  outgoing.once('finish', () => incoming.destroy());
}

/** Unique across processes by the prefix, and cheap: a request costs one increment. */
function createRequestIds(): () => string {
  const prefix = randomBytes(6).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}

const DEFAULT_BODY_LIMIT_BYTES = 1024 * 1024;
const READ_BYTES = 4 * 1024 * 1024;
