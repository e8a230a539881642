import fc, { type Arbitrary } from 'fast-check';
import { rpcSign } from '../../../shared/core/signing/openapi/rpc-sign.ts';
import type { Request } from '../../../shared/model/http.ts';
import { type Attempt, attempt } from './attempt.ts';
import type { Target } from './target.ts';

/** Signed calls that were changed behind their signature, and calls whose signature is right and whose content is not; `used` was made once. */
export function mutatedCalls(target: Target, used: Request): Arbitrary<Attempt> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(attempt(used, 'openapi: replayed')) },
    { weight: 12, arbitrary: forgedCalls(target) },
    { weight: 8, arbitrary: wrongCalls(target) },
  );
}

export function validCall(target: Target, params: Params = {}, secret?: string): Params {
  const { accessKey, parts, fleet } = target;
  callNumber += 1;
  const signed = {
    Action: 'GetDeviceStatus',
    Version: '2018-01-20',
    Format: 'JSON',
    AccessKeyId: accessKey.accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: `nonce-${callNumber}`,
    Timestamp: timestampOf(parts.nowMs()),
    ProductKey: fleet.weak.productKey,
    DeviceName: fleet.weak.deviceName,
    ...params,
  };
  const key = secret ?? accessKey.accessKeySecret;
  return { ...signed, Signature: rpcSign({ method: 'GET', params: signed }, key) };
}

export function callRequest(params: Params, changes: Partial<Request> = {}): Request {
  return {
    method: 'GET',
    path: '/',
    query: new URLSearchParams(params).toString(),
    headers: { host: 'iot.test' },
    body: Buffer.alloc(0),
    sourceIp: '192.0.2.1',
    requestId: 'request-1',
    ...changes,
  };
}

type Params = Record<string, string>;

let callNumber = 0;

const SIGNED = ['Action', 'Version', 'AccessKeyId', 'SignatureNonce', 'Timestamp', 'ProductKey'];
const TEXT = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });

function timestampOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function forgedCalls(target: Target): Arbitrary<Attempt> {
  const forged = (why: string, edit: (params: Params) => Params) =>
    attempt(callRequest(edit(validCall(target))), `openapi: ${why}`);
  const named = fc.constantFrom(...SIGNED, 'DeviceName', 'Format');
  return fc.oneof(
    named.map((name) => forged(`no ${name}`, ({ [name]: _, ...rest }) => rest)),
    fc
      .tuple(named, TEXT)
      .map(([name, text]) =>
        forged(`altered ${name}`, (params) => ({ ...params, [name]: params[name] + text })),
      ),
    // Of a signature that came twice the last one counts: it is the other names that are added.
    fc
      .tuple(
        TEXT.filter((name) => name !== 'Signature'),
        TEXT,
      )
      .map(([name, text]) => forged('a parameter more', (params) => ({ [name]: text, ...params })))
      .filter(({ request }) => new URLSearchParams(request.query).size > SIGNED.length + 5),
    TEXT.map((text) => forged('altered Signature', (params) => ({ ...params, Signature: text }))),
    TEXT.map((secret) => attempt(callRequest(validCall(target, {}, secret)), 'openapi: secret')),
    fc
      .constantFrom('POST', 'PUT', 'HEAD', 'OPTIONS')
      .map((method) => attempt(callRequest(validCall(target), { method }), 'openapi: method')),
  );
}

/** What any action refuses: nothing here has a right ProductKey together with a name that may exist. */
function wrongCalls(target: Target): Arbitrary<Attempt> {
  const { productKey } = target.fleet.weak;
  const signed = (why: string, params: Params) =>
    attempt(callRequest(validCall(target, params)), `openapi, signed: ${why}`);
  const skewSeconds = fc.tuple(fc.constantFrom(-1, 1), fc.integer({ min: 902, max: 1e8 }));
  return fc.oneof(
    fc
      .tuple(fc.constantFrom(...ACTIONS), TEXT, TEXT)
      .map(([Action, ProductKey, DeviceName]) =>
        signed(`${Action} of nothing`, { Action, ProductKey, DeviceName }),
      ),
    fc
      .tuple(fc.constantFrom(...ACTIONS), fc.constantFrom('', '\0', '\uFFFD', 'x'.repeat(2000)))
      .map(([Action, ProductKey]) => signed(`${Action} of an odd product`, { Action, ProductKey })),
    fc.tuple(fc.constantFrom('RegisterDevice', ...DEVICE_ACTIONS), TEXT).map(([Action, text]) =>
      signed(`${Action} of an odd device`, {
        Action,
        ProductKey: productKey,
        DeviceName: `\n${text}`,
      }),
    ),
    TEXT.map((text) => signed('unknown action', { Action: `No${text}` })),
    TEXT.map((text) => signed('altered Version', { Version: `2018${text}` })),
    TEXT.map((text) => signed('Timestamp of a wrong form', { Timestamp: `x${text}` })),
    TEXT.map((text) => signed('nonce of a wrong form', { SignatureNonce: `\n${text}` })),
    skewSeconds.map(([direction, seconds]) =>
      signed('stale Timestamp', {
        Timestamp: timestampOf(target.parts.nowMs() + direction * seconds * 1000),
      }),
    ),
  );
}

const DEVICE_ACTIONS = [
  'QueryDeviceDetail',
  'GetDeviceStatus',
  'DisableThing',
  'EnableThing',
  'DeleteDevice',
  'QueryDevicePropertyStatus',
  'QueryDevicePropertyData',
  'QueryDeviceEventData',
];

const ACTIONS = [
  ...DEVICE_ACTIONS,
  'QueryProduct',
  'GetThingModelTsl',
  'ImportThingModelTsl',
  'RegisterDevice',
  'QueryDevice',
  'CreateProduct',
];
