import { describe, expect, test } from 'vitest';
import {
  rpcSign,
  rpcStringToSign,
  verifyRpcSign,
} from '../../../../../../shared/core/signing/openapi/rpc-sign.ts';
import { openapiVector } from '../../../../../support/signing-vectors.ts';

const SECRET = 'skTest01';
const PARAMS = {
  AccessKeyId: 'akTest01',
  Action: 'QueryProduct',
  Format: 'JSON',
  ProductKey: 'a1TestProd01',
  SignatureMethod: 'HMAC-SHA1',
  SignatureNonce: 'nonce-0001',
  SignatureVersion: '1.0',
  Timestamp: '2026-01-02T03:04:05Z',
  Version: '2018-01-20',
};
function request(params: Readonly<Record<string, string>> = PARAMS, method = 'GET') {
  return {
    method,
    params,
  };
}

function signed(params: Readonly<Record<string, string>> = PARAMS) {
  return request({ ...params, Signature: rpcSign(request(params), SECRET) });
}

for (const name of ['RPC style, GET', 'RPC style, POST, same parameters']) {
  const { method, params, accessKeySecret, expected } = openapiVector(name);
  const call = { method, params: { ...params } };

  test(`vector: ${name}`, () => {
    expect(rpcSign(call, accessKeySecret)).toBe(expected);
  });

  test(`vector is verified: ${name}`, () => {
    const received = { method, params: { ...params, Signature: expected } };
    expect(verifyRpcSign(received, accessKeySecret)).toEqual({ ok: true });
  });
}

describe('the string to sign', () => {
  test('is sorted and encoded twice', () => {
    expect(rpcStringToSign(request({ b: "it's *", a: '', B: '/' }, 'post'))).toBe(
      'POST&%2F&B%3D%252F%26a%3D%26b%3Dit%2527s%2520%252A',
    );
  });

  test('leaves Signature out', () => {
    expect(rpcStringToSign(signed())).toBe(rpcStringToSign(request()));
  });
});

test('HMAC-SHA256 is verified', () => {
  const call = signed({ ...PARAMS, SignatureMethod: 'HMAC-SHA256' });
  expect(call.params['Signature']).toHaveLength(44);
  expect(verifyRpcSign(call, SECRET)).toEqual({ ok: true });
});

test('a call without SignatureMethod is HMAC-SHA1', () => {
  const { SignatureMethod: _, ...params } = PARAMS;
  expect(verifyRpcSign(signed(params), SECRET)).toEqual({ ok: true });
});

describe('a call is refused', () => {
  const call = signed();
  const CHANGES = [
    ['another parameter value', { ...call, params: { ...call.params, ProductKey: 'a1' } }],
    ['one more parameter', { ...call, params: { ...call.params, Extra: '' } }],
    ['another HTTP method', { ...call, method: 'POST' }],
    ['no signature', request()],
    ['an empty signature', request({ ...PARAMS, Signature: '' })],
    ['another signature', request({ ...PARAMS, Signature: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' })],
  ] as const;

  for (const [name, changed] of CHANGES) {
    test(`for ${name}, with the string to sign`, () => {
      expect(verifyRpcSign(changed, SECRET)).toEqual({
        ok: false,
        reason: 'Signature does not match',
        stringToSign: rpcStringToSign(changed),
      });
    });
  }

  test('for another secret', () => {
    expect(verifyRpcSign(call, 'skTest02').ok).toBe(false);
  });

  test('for an unknown SignatureMethod', () => {
    const changed = request({ ...call.params, SignatureMethod: 'RSA' });
    expect(verifyRpcSign(changed, SECRET)).toMatchObject({
      ok: false,
      reason: 'SignatureMethod is not HMAC-SHA1 or HMAC-SHA256',
    });
  });

  test('by a throw for an empty secret', () => {
    expect(() => verifyRpcSign(call, '')).toThrow(new TypeError('the access key secret is empty'));
  });
});
