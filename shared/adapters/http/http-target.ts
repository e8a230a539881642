import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { FunctionTarget } from '../../model/forwarding.ts';
import {
  type CallOutcome,
  type FunctionCall,
  outcomeOfStatus,
  type TargetCaller,
} from '../../ports/function-target.ts';

type HttpTarget = Extract<FunctionTarget, { kind: 'http' }>;

type Answer = { status: number; text: string };

/** POSTs the event to a URL; a status of 2xx is success, a redirect is none. Keeps connections open between calls. */
export function createHttpTarget({ timeoutMs }: { timeoutMs: number }): TargetCaller<HttpTarget> {
  const httpAgent = new HttpAgent({ keepAlive: true });
  const httpsAgent = new HttpsAgent({ keepAlive: true });
  const places = new Map<string, Place>();
  const placeOf = (url: string): Place => {
    const place = readPlace(url, { httpAgent, httpsAgent });
    places.set(url, place);
    return place;
  };
  return {
    invoke: ({ url }, call) =>
      new Promise((resolve) => {
        const request = { place: places.get(url) ?? placeOf(url), call, timeoutMs };
        post(request, {
          onAnswer: (answer) => resolve(outcomeOf(answer)),
          onError: (error) => resolve({ kind: 'failed', reason: error.message || error.name }),
        });
      }),
    close: async () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

/** What stays the same for every call of a URL. */
type Place = {
  send: typeof httpRequest;
  options: {
    host: string;
    port: string;
    path: string;
    method: 'POST';
    agent: HttpAgent | HttpsAgent;
  };
  hostHeader: string;
};

type Agents = { httpAgent: HttpAgent; httpsAgent: HttpsAgent };

/** @throws TypeError for what is no URL. */
function readPlace(url: string, { httpAgent, httpsAgent }: Agents): Place {
  const { protocol, hostname, port, pathname, search, host } = new URL(url);
  const isTls = protocol === 'https:';
  return {
    send: isTls ? httpsRequest : httpRequest,
    options: {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port || (isTls ? '443' : '80'),
      path: `${pathname}${search}`,
      method: 'POST',
      agent: isTls ? httpsAgent : httpAgent,
    },
    hostHeader: host,
  };
}

type Posting = { place: Place; call: FunctionCall; timeoutMs: number };

type Told = { onAnswer(answer: Answer): void; onError(error: Error): void };

function post(posting: Posting, { onAnswer, onError }: Told): void {
  postOnce(posting, {
    onAnswer,
    onError: (error) => {
      // The server closed an idle connection as it was taken: nothing has been read of this call.
      if (isStaleSocket(error)) postOnce(posting, { onAnswer, onError });
      else onError(error);
    },
  });
}

function postOnce({ place, call, timeoutMs }: Posting, { onAnswer, onError }: Told): void {
  const { event, contentType } = call;
  const headers = [
    'Host',
    place.hostHeader,
    'Content-Type',
    contentType,
    'Content-Length',
    String(event.byteLength),
  ];
  const request = place.send({ ...place.options, headers });
  const fail = (error: Error): void => {
    clearTimeout(timer);
    onError(request.reusedSocket ? Object.assign(error, { reusedSocket: true }) : error);
  };
  const timer = setTimeout(() => {
    request.destroy(new Error(`no answer within ${timeoutMs} ms`));
  }, timeoutMs);
  request.on('error', fail);
  request.on('response', (response) =>
    collect(response, {
      onError: fail,
      onAnswer: (answer) => {
        clearTimeout(timer);
        onAnswer(answer);
      },
    }),
  );
  request.end(event);
}

function collect(response: IncomingMessage, { onAnswer, onError }: Told): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes <= MOST_ANSWER_BYTES) chunks.push(chunk);
  });
  response.on('error', onError);
  response.on('end', () => {
    const [first] = chunks;
    if (bytes > MOST_ANSWER_BYTES) return onError(new Error(TOO_LONG));
    const body = chunks.length > 1 ? Buffer.concat(chunks) : first;
    return onAnswer({ status: response.statusCode ?? 0, text: body?.toString() ?? '' });
  });
}

function outcomeOf({ status, text }: Answer): CallOutcome {
  if (status >= 200 && status < 300) return { kind: 'succeeded', answer: text };
  const told = text === '' ? '' : `: ${text.slice(0, LONGEST_REASON)}`;
  return outcomeOfStatus(status, `the target answers with status ${status}${told}`);
}

function isStaleSocket(error: Error): boolean {
  const { code, reusedSocket }: { code?: unknown; reusedSocket?: unknown } = Object(error);
  return reusedSocket === true && (code === 'ECONNRESET' || code === 'EPIPE');
}

const MOST_ANSWER_BYTES = 1024 * 1024;
const TOO_LONG = `the answer is longer than ${MOST_ANSWER_BYTES} bytes`;
const LONGEST_REASON = 200;
