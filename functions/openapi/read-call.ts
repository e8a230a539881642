import { parseAcs3Authorization } from '../../shared/core/signing/openapi/acs3-authorization.ts';
import { verifyAcs3Sign } from '../../shared/core/signing/openapi/acs3-sign.ts';
import { verifyRpcSign } from '../../shared/core/signing/openapi/rpc-sign.ts';
import type { Mismatch } from '../../shared/core/signing/verification.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { Request } from '../../shared/model/http.ts';
import { missing } from './parameters.ts';

/** A call as its client meant it, whichever way it is signed. Nothing of it is checked yet. */
export type Call = {
  action: string;
  /** Of the API; older clients leave it out (protocol.md 7.2). */
  version: string | undefined;
  accessKeyId: string;
  /** As sent. */
  timestamp: string;
  nonce: string;
  /** Of the action, with the public ones among them. */
  parameters: Readonly<Record<string, string>>;
  verify(accessKeySecret: string): { ok: true } | Mismatch;
};

/**
 * Reads either style: RPC (protocol.md 7.1) carries everything in parameters, ACS3 (7.1b) all but
 * those of the action in headers. Refuses what cannot be verified because a part is missing.
 */
export function readCall(request: Request): Result<Call> {
  const { method, path, headers } = request;
  if (path !== '/' || (method !== 'GET' && method !== 'POST')) {
    return refuse({ kind: 'unknown-action', action: `${method} ${path}` });
  }
  if (request.body.length > MOST_BODY_BYTES) {
    return refuse({ kind: 'payload-too-large', limitBytes: MOST_BODY_BYTES });
  }
  if (hasTooManyParameters(request)) return TOO_MANY_PARAMETERS;
  const authorization = headers['authorization'];
  return authorization?.startsWith('ACS3-')
    ? readAcs3Call(request, authorization)
    : readRpcCall(request);
}

/** Room for 256 KB of TSL, percent-encoded (protocol.md 5.5). */
const MOST_BODY_BYTES = 1024 * 1024;

/** Room for 1000 names with nicknames (BatchCheckDeviceNames): parsing and sorting are not for free. */
const MOST_PARAMETERS = 4000;

const TOO_MANY_PARAMETERS = refuse({
  kind: 'malformed-request',
  reason: `more than ${MOST_PARAMETERS} parameters`,
});

/** Those of query and body, whatever it is, counted no further than the refusal needs. */
function hasTooManyParameters({ query, body }: Request): boolean {
  return countAmpersands(query) + countAmpersands(body) >= MOST_PARAMETERS;
}

function countAmpersands(text: string | Buffer): number {
  let count = 0;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    count += 1;
    if (count === MOST_PARAMETERS) break;
  }
  return count;
}

function readRpcCall(request: Request): Result<Call> {
  const params = { ...parseForm(request.query), ...formOf(request) };
  const absent = RPC_PARAMETERS.find((name) => !params[name]);
  if (absent !== undefined) return missing(absent);
  const { Action = '', AccessKeyId = '', Timestamp = '', SignatureNonce = '' } = params;
  return ok({
    action: Action,
    version: params['Version'],
    accessKeyId: AccessKeyId,
    timestamp: Timestamp,
    nonce: SignatureNonce,
    parameters: params,
    verify: (secret) => verifyRpcSign({ method: request.method, params }, secret),
  });
}

function readAcs3Call(request: Request, header: string): Result<Call> {
  const authorization = parseAcs3Authorization(header);
  if (!authorization) {
    return refuse({ kind: 'malformed-request', reason: 'Authorization is not ACS3-HMAC-SHA256' });
  }
  const { headers } = request;
  const absent = ACS3_HEADERS.find((name) => !headers[name]);
  if (absent !== undefined) return missing(absent);
  const query = parseForm(request.query);
  return ok({
    action: headers['x-acs-action'] ?? '',
    version: headers['x-acs-version'],
    accessKeyId: authorization.accessKeyId,
    timestamp: headers['x-acs-date'] ?? '',
    nonce: headers['x-acs-signature-nonce'] ?? '',
    parameters: { ...query, ...formOf(request) },
    verify: (secret) => verifyAcs3Sign({ ...request, query }, authorization, secret),
  });
}

const RPC_PARAMETERS = ['Action', 'AccessKeyId', 'Timestamp', 'SignatureNonce', 'Signature'];
const ACS3_HEADERS = ['x-acs-action', 'x-acs-date', 'x-acs-signature-nonce'];

function formOf({ headers, body }: Request): Record<string, string> {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  return isForm ? parseForm(body.toString('utf8')) : {};
}

/** Of a name that comes twice the last value counts, for the signature and for the action alike. */
function parseForm(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}
