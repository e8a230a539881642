/** Where the REST API of an EMQX 5 answers, and the key of it that its dashboard gave out. */
export type EmqxApiOptions = {
  /** Without the path `/api/v5`. */
  endpoint: string;
  apiKey: string;
  apiSecret: string;
  /** Of one call. */
  timeoutMs?: number;
};

type EmqxCall = { method: 'GET' | 'POST' | 'DELETE'; path: string; body?: object };

type EmqxReply = { status: number; members: Readonly<Record<string, unknown>> };

/**
 * One call of the API. Rejects with EmqxError for no answer, a refused key and a fault of the broker:
 * a status of 404 is an answer.
 */
export type EmqxApi = (call: EmqxCall) => Promise<EmqxReply>;

/** Says what to check, and never the key. */
class EmqxError extends Error {
  override name = 'EmqxError';
}

const DEFAULT_TIMEOUT_MS = 5000;
const LONGEST_MESSAGE = 200;
const FIRST_FAILURE = 400;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const NOT_FOUND = 404;

export function createEmqxApi(options: EmqxApiOptions): EmqxApi {
  const { apiKey, apiSecret, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const endpoint = options.endpoint.replace(/\/$/, '');
  const authorization = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
  return async ({ method, path, body }) => {
    const asked = `${method} ${path.replace(/\?.*/, '')}`;
    try {
      const response = await fetch(`${endpoint}/api/v5${path}`, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return judged({ status: response.status, members: membersOf(await response.text()) }, asked);
    } catch (error) {
      if (error instanceof EmqxError) throw error;
      const reason = reasonOf(error, timeoutMs);
      throw new EmqxError(
        `EMQX does not answer ${asked}: ${reason}. Is MOORING_EMQX_ENDPOINT (${endpoint}) the address of its dashboard?`,
        { cause: error },
      );
    }
  };
}

function judged(reply: EmqxReply, asked: string): EmqxReply {
  const { status, members } = reply;
  if (status < FIRST_FAILURE || status === NOT_FOUND) return reply;
  if (status === UNAUTHORIZED) {
    throw new EmqxError(
      'EMQX refuses the API key: check MOORING_EMQX_API_KEY and MOORING_EMQX_API_SECRET',
    );
  }
  if (status === FORBIDDEN) {
    throw new EmqxError(`the API key of EMQX may not ${asked}: give it the role administrator`);
  }
  const { message } = members;
  const told = typeof message === 'string' ? `: ${message.slice(0, LONGEST_MESSAGE)}` : '';
  throw new EmqxError(`EMQX answers ${asked} with status ${status}${told}`);
}

/** Of a reply without a body, as that of a deletion, an empty object. */
function membersOf(text: string): EmqxReply['members'] {
  if (text === '') return {};
  const members: unknown = JSON.parse(text);
  return typeof members === 'object' && members !== null ? { ...members } : {};
}

/** fetch hides the reason in `cause`; its own message may have the URL in it, which is no secret. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `nothing came within ${timeoutMs} ms`;
  if (error instanceof SyntaxError) return 'the answer is not JSON';
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}
