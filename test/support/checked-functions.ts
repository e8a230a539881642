import { createHash, createHmac } from 'node:crypto';
import { parseAcs3Authorization } from '../../shared/core/signing/openapi/acs3-authorization.ts';
import { verifyAcs3Sign } from '../../shared/core/signing/openapi/acs3-sign.ts';
import type { EndpointAnswer, EndpointCall } from './function-endpoint.ts';

/** The key of every endpoint here. */
export const FUNCTION_KEY = { accessKeyId: 'LTAITest01', accessKeySecret: 'secret-of-LTAITest01' };

export const FC_ACCOUNT = { accountId: '1234567890', region: 'cn-shanghai' };

/** What is wrong with a call, as an endpoint of the service would answer it; undefined where nothing is. */
export type Check = (call: EndpointCall) => EndpointAnswer | undefined;

const headerOf = ({ headers }: EndpointCall, name: string): string => String(headers[name] ?? '');

/** Function Compute 2: `FC <ak>:<signature>`, HMAC-SHA256 over method, headers and path (protocol.md 11.3). */
export const checkFc2: Check = (call) => {
  const { method, path, headers, body } = call;
  const fcHeaders = Object.keys(headers)
    .filter((name) => name.startsWith('x-fc-'))
    .sort()
    .map((name) => `${name}:${headers[name]}\n`)
    .join('');
  const md5 = createHash('md5').update(body).digest('hex');
  const lines = [
    method,
    Buffer.from(md5).toString('base64'),
    headerOf(call, 'content-type'),
    headerOf(call, 'date'),
    `${fcHeaders}${path}`,
  ];
  const hmac = createHmac('sha256', FUNCTION_KEY.accessKeySecret).update(lines.join('\n'));
  const expected = `FC ${FUNCTION_KEY.accessKeyId}:${hmac.digest('base64')}`;
  const isSigned = headerOf(call, 'authorization') === expected;
  if (isSigned && headerOf(call, 'x-fc-account-id') === FC_ACCOUNT.accountId) return undefined;
  return fcError(403, 'SignatureNotMatch', 'the signature does not match');
};

/** Function Compute 3: ACS3-HMAC-SHA256 (protocol.md 7.1b). */
export const checkFc3: Check = ({ method, path, headers, body }) => {
  const authorization = parseAcs3Authorization(String(headers['authorization']));
  const { pathname, searchParams } = new URL(path, 'http://localhost');
  const sent = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value)]),
  );
  const request = {
    method,
    path: decodeURIComponent(pathname),
    query: Object.fromEntries(searchParams),
    headers: sent,
    body,
  };
  const verdict =
    authorization?.accessKeyId === FUNCTION_KEY.accessKeyId &&
    verifyAcs3Sign(request, authorization, FUNCTION_KEY.accessKeySecret).ok;
  const isDigest = sent['x-acs-content-sha256'] === sha256Hex(body);
  if (verdict && isDigest && sent['x-acs-action'] === 'InvokeFunction') return undefined;
  return {
    status: 403,
    body: JSON.stringify({ Code: 'SignatureNotMatch', Message: 'no', RequestId: '1' }),
  };
};

/** Lambda: AWS4-HMAC-SHA256 (AWS, Signature Version 4). */
export const checkLambda: Check = (call) => {
  const authorization = headerOf(call, 'authorization');
  const [, scope = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=LTAITest01\/([^,]+), SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
      authorization,
    ) ?? [];
  const { pathname, search } = new URL(call.path, 'http://localhost');
  const canonical = [
    call.method,
    pathname.split('/').map(encodeURIComponent).join('/'),
    search.slice(1),
    ...names.split(';').map((name) => `${name}:${headerOf(call, name).trim()}`),
    '',
    names,
    sha256Hex(call.body),
  ].join('\n');
  const date = headerOf(call, 'x-amz-date');
  const stringToSign = ['AWS4-HMAC-SHA256', date, scope, sha256Hex(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer | string>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `AWS4${FUNCTION_KEY.accessKeySecret}`,
    );
  const expected = createHmac('sha256', key).update(stringToSign).digest('hex');
  if (signature === expected) return undefined;
  return lambdaError(403, 'InvalidSignatureException', 'the signature does not match');
};

export function fcError(status: number, ErrorCode: string, ErrorMessage: string): EndpointAnswer {
  return { status, body: JSON.stringify({ ErrorCode, ErrorMessage }) };
}

export function fc3Error(status: number, Code: string, Message: string): EndpointAnswer {
  return { status, body: JSON.stringify({ Code, Message, RequestId: 'r1' }) };
}

export function lambdaError(status: number, type: string, message: string): EndpointAnswer {
  return {
    status,
    headers: { 'x-amzn-errortype': type },
    body: JSON.stringify({ message, Message: message }),
  };
}

function sha256Hex(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
