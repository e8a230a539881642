import type { Reply, Request } from '../model/http.ts';
import { decodePath, headersOf, isRecord, queryOf, textOf } from './event-parts.ts';

/**
 * HTTP trigger of Function Compute 2 (protocol.md 11.2): `(req, resp, context)`. Older runtimes
 * hand the body over as a stream, newer ones as `req.body` too.
 */
export type Fc2Request = AsyncIterable<Uint8Array | string> & Record<string, unknown>;

export type Fc2Response = {
  setStatusCode(status: number): void;
  setHeader(name: string, value: string): void;
  send(body: string): void;
};

export function isFc2Response(value: unknown): value is Fc2Response {
  return (
    isRecord(value) &&
    typeof value['setStatusCode'] === 'function' &&
    'setHeader' in value &&
    'send' in value
  );
}

export async function decodeFc2(request: Fc2Request, context: unknown): Promise<Request> {
  const url = textOf(request['url']);
  const question = url.indexOf('?');
  return {
    method: textOf(request['method']),
    path: decodePath(textOf(request['path'])),
    query: question < 0 ? queryOf(request['queries']) : url.slice(question + 1),
    headers: headersOf(request['headers']),
    body: await readBody(request),
    sourceIp: textOf(request['clientIP']),
    requestId: isRecord(context) ? textOf(context['requestId']) : '',
  };
}

export function encodeFc2({ status, contentType, body }: Reply, response: Fc2Response): void {
  response.setStatusCode(status);
  response.setHeader('Content-Type', contentType);
  response.send(body);
}

async function readBody(request: Fc2Request): Promise<Buffer> {
  if (Buffer.isBuffer(request['body'])) return request['body'];
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
