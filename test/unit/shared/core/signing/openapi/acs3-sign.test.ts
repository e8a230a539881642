import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hmac } from '../../../../../../shared/core/signing/hmac.ts';
import {
  type Acs3Request,
  acs3Sign,
  acs3StringToSign,
  verifyAcs3Sign,
} from '../../../../../../shared/core/signing/openapi/acs3-sign.ts';
import { openapiVector } from '../../../../../support/signing-vectors.ts';

const SECRET = 'skTest01';
const HEADERS = {
  host: 'iot.cn-shanghai.aliyuncs.com',
  'x-acs-action': 'QueryProduct',
  'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'x-acs-date': '2026-01-02T03:04:05Z',
  'x-acs-signature-nonce': 'nonce-0001',
  'x-acs-version': '2018-01-20',
};
const NAMES = Object.keys(HEADERS).sort();
const REQUEST: Acs3Request = {
  method: 'POST',
  path: '/',
  query: { ProductKey: 'a1TestProd01' },
  headers: HEADERS,
  body: Buffer.alloc(0),
};

function authorization(signature: string, signedHeaders: readonly string[] = NAMES) {
  return {
    accessKeyId: 'akTest01',
    signedHeaders,
    signature,
  };
}

test('vector', () => {
  const vector = openapiVector('ACS3-HMAC-SHA256');
  expect(vector.headers).toEqual(HEADERS);
  expect(acs3Sign(REQUEST, NAMES, vector.accessKeySecret)).toBe(vector.expected);
  expect(verifyAcs3Sign(REQUEST, authorization(vector.expected.toUpperCase()), SECRET)).toEqual({
    ok: true,
  });
});

test('the string to sign is the hash of the canonical request', () => {
  const canonical = [
    'PUT',
    '/a/%E6%B0%B4%2A',
    'B=%2F&a=1%202',
    'host:h',
    'x-acs-date:d',
    '',
    'host;x-acs-date',
    createHash('sha256').update('body').digest('hex'),
  ].join('\n');
  const request = {
    method: 'put',
    path: '/a/水*',
    query: { a: '1 2', B: '/' },
    headers: { host: ' h ', 'x-acs-date': 'd', accept: 'x' },
    body: Buffer.from('body'),
  };
  expect(acs3StringToSign(request, ['host', 'x-acs-date'])).toBe(
    `ACS3-HMAC-SHA256\n${createHash('sha256').update(canonical).digest('hex')}`,
  );
});

describe('query names', () => {
  const request = { ...REQUEST, query: { 'Tag.1/Key': 'a b' } };

  for (const queryNames of ['raw', 'encoded'] as const) {
    test(`may be signed ${queryNames}`, () => {
      const text = acs3StringToSign(request, NAMES, queryNames);
      const signature = hmac('hmacsha256', SECRET, text).toString('hex');
      expect(verifyAcs3Sign(request, authorization(signature), SECRET)).toEqual({ ok: true });
    });
  }
});

describe('a call is refused', () => {
  const signature = acs3Sign(REQUEST, NAMES, SECRET);
  const withHeader = (name: string, value: string) => ({
    ...REQUEST,
    headers: { ...HEADERS, [name]: value },
  });
  const CHANGES: readonly (readonly [string, Acs3Request, string])[] = [
    ['another method', { ...REQUEST, method: 'GET' }, 'Signature does not match'],
    ['another path', { ...REQUEST, path: '/x' }, 'Signature does not match'],
    ['another query', { ...REQUEST, query: { ProductKey: 'a1' } }, 'Signature does not match'],
    ['another action', withHeader('x-acs-action', 'DeleteProduct'), 'Signature does not match'],
    ['another host', withHeader('host', 'example.com'), 'Signature does not match'],
    [
      'a header added on the way',
      withHeader('x-acs-security-token', 't'),
      'the header x-acs-security-token is not signed',
    ],
    [
      'another body',
      { ...REQUEST, body: Buffer.from('x') },
      'x-acs-content-sha256 is not the hash of the body',
    ],
  ];

  for (const [name, changed, reason] of CHANGES) {
    test(`for ${name}: ${reason}`, () => {
      expect(verifyAcs3Sign(changed, authorization(signature), SECRET)).toEqual({
        ok: false,
        reason,
        stringToSign: acs3StringToSign(changed, NAMES),
      });
    });
  }

  for (const left of ['host', 'x-acs-action', 'x-acs-date']) {
    test(`if ${left} is not signed, even with a right signature`, () => {
      const names = NAMES.filter((name) => name !== left);
      const right = acs3Sign(REQUEST, names, SECRET);
      expect(verifyAcs3Sign(REQUEST, authorization(right, names), SECRET)).toMatchObject({
        ok: false,
        reason: `the header ${left} is not signed`,
      });
    });
  }

  test('for another secret', () => {
    expect(verifyAcs3Sign(REQUEST, authorization(signature), 'skTest02').ok).toBe(false);
  });

  test('for a body without its hash among the headers', () => {
    const { 'x-acs-content-sha256': _, ...headers } = HEADERS;
    const names = Object.keys(headers).sort();
    const right = acs3Sign({ ...REQUEST, headers }, names, SECRET);
    const changed = { ...REQUEST, headers, body: Buffer.from('x') };
    expect(verifyAcs3Sign(changed, authorization(right, names), SECRET)).toMatchObject({
      ok: false,
      reason: 'Signature does not match',
    });
  });
});
