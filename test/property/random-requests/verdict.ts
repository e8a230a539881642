import type { Reply } from '../../../shared/model/http.ts';

/** Most bytes of a device reply: the C SDK reads it into 256 with the final zero (devices.md 1). */
const MOST_BYTES = 255;

/** Of the device paths: neither success (0) nor a fault (10000). */
const DEVICE_CODES = new Set([10001, 20000, 20001, 20002, 20003, 40000]);

/**
 * The code of a well-formed refusal.
 * @throws Error that says what the reply is instead.
 */
export function refusalCode(path: string, reply: Reply): string {
  if (path.startsWith('/mqtt/a')) return denial(reply);
  const body = decode(reply);
  if (path === '/auth' || path.startsWith('/topic/')) return deviceCode(reply, body);
  if (path === '/auth/devicename') return guidedCode(reply, body);
  if (path === '/') return openapiCode(reply, body);
  if (reply.status === 404 && body['code'] === 404) return '404';
  return notRefused(reply);
}

function decode(reply: Reply): Record<string, unknown> {
  if (!reply.contentType.startsWith('application/json')) return notRefused(reply);
  const body: unknown = JSON.parse(reply.body);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return notRefused(reply);
  return { ...body };
}

function deviceCode(reply: Reply, { code, message, ...rest }: Record<string, unknown>): string {
  const isRefusal =
    reply.status === 200 &&
    typeof code === 'number' &&
    DEVICE_CODES.has(code) &&
    typeof message === 'string' &&
    Object.keys(rest).length === 0 &&
    Buffer.byteLength(reply.body) <= MOST_BYTES;
  return isRefusal ? String(code) : notRefused(reply);
}

/** 460 and 401: neither success (200) nor a fault (500). */
function guidedCode(reply: Reply, { code, message, ...rest }: Record<string, unknown>): string {
  const isRefusal =
    reply.status === 200 &&
    (code === 460 || code === 401) &&
    typeof message === 'string' &&
    Object.keys(rest).length === 0;
  return isRefusal ? String(code) : notRefused(reply);
}

/** Of a hook, in the form of EMQX or RabbitMQ. A path beside the hooks answers as any other. */
function denial(reply: Reply): string {
  const isDenial = reply.body === 'deny' || reply.body === '{"result":"deny","is_superuser":false}';
  if (reply.status === 200 && isDenial && reply.outcome !== 'fault') return 'deny';
  return reply.status === 404 ? '404' : notRefused(reply);
}

function openapiCode(reply: Reply, { Code, RequestId, Success }: Record<string, unknown>): string {
  const isGateway = reply.status >= 400 && reply.status < 500 && Success === undefined;
  const isProduct = reply.status === 200 && Success === false;
  const isRefusal = typeof Code === 'string' && typeof RequestId === 'string';
  return isRefusal && (isGateway || isProduct) ? Code : notRefused(reply);
}

function notRefused({ status, body }: Reply): never {
  throw new Error(`no refusal: ${status} ${body}`);
}
