import { createServer, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listenOnLoopback } from './loopback.ts';

export type EndpointCall = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
};

export type EndpointAnswer = {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
};

export type FunctionEndpoint = {
  endpoint: string;
  calls: EndpointCall[];
  /** Most calls that were answered at the same time. */
  mostAtOnce(): number;
  stop(): Promise<void>;
};

/** Answers what `answer` says, 200 and `{}` by default; never where that does not end. */
export async function startFunctionEndpoint(
  answer: (call: EndpointCall) => EndpointAnswer | Promise<EndpointAnswer> = () => ({}),
): Promise<FunctionEndpoint> {
  const calls: EndpointCall[] = [];
  let atOnce = 0;
  let most = 0;
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    atOnce += 1;
    most = Math.max(most, atOnce);
    const call = { method, path: url, headers, body: await buffer(request) };
    calls.push(call);
    const { status = 200, headers: sent = {}, body = '{}' } = await answer(call);
    atOnce -= 1;
    response.writeHead(status, { 'content-type': 'application/json', ...sent }).end(body);
  });
  return { calls, mostAtOnce: () => most, ...(await listenOnLoopback(server)) };
}
