import { createHmac } from 'node:crypto';
import type { Reply, Request } from '../../shared/model/http.ts';
import type { TestDevice } from './test-device.ts';

export type Form = Record<string, string | number>;

const UNSIGNED = ['version', 'sign', 'signmethod'];

/** Adds the `sign` of these fields, worked out from protocol.md 1.2 alone. */
export function signForm(fields: Form, deviceSecret: string): Form {
  const digest = String(fields['signmethod'] ?? 'hmacmd5').replace('hmac', '');
  const signed = Object.keys(fields).filter((name) => !UNSIGNED.includes(name));
  const content = signed.sort().map((name) => `${name}${fields[name]}`);
  const sign = createHmac(digest, deviceSecret).update(content.join('')).digest('hex');
  return { ...fields, sign };
}

/** What the device submits to `/auth`, signed; `changes` are signed as well. */
export function signInForm(device: TestDevice, changes: Form = {}): Form {
  const { productKey, deviceName, deviceSecret } = device;
  return signForm(
    {
      productKey,
      deviceName,
      clientId: `${productKey}.${deviceName}`,
      signmethod: 'hmacsha1',
      ...changes,
    },
    deviceSecret,
  );
}

export function authRequest(body: Form | string | Buffer, changes: Partial<Request> = {}): Request {
  const isText = typeof body === 'string' || Buffer.isBuffer(body);
  return {
    ...EMPTY_REQUEST,
    path: '/auth',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(isText ? body : JSON.stringify(body)),
    ...changes,
  };
}

/** A post to `/topic`; `topic` begins with a slash. */
export function topicRequest(
  post: { topic: string; token: string; body: unknown },
  changes: Partial<Request> = {},
): Request {
  const { topic, token, body } = post;
  return {
    ...EMPTY_REQUEST,
    path: `/topic${topic}`,
    headers: { 'content-type': 'application/octet-stream', password: token },
    body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
    ...changes,
  };
}

const EMPTY_REQUEST: Request = {
  method: 'POST',
  path: '/',
  query: '',
  headers: {},
  body: Buffer.alloc(0),
  sourceIp: '192.0.2.1',
  requestId: 'request-1',
};

/** A device reply has HTTP 200 whatever its code. */
export function codeOf(reply: Reply): number {
  return JSON.parse(reply.body).code;
}

/** @throws Error if the reply has no token. */
export function tokenOf(reply: Reply): string {
  const token = JSON.parse(reply.body).info?.token;
  if (typeof token !== 'string') throw new Error(`no token in ${reply.body}`);
  return token;
}
