import { beforeEach, describe, expect, test } from 'vitest';
import { acs3Sign } from '../../shared/core/signing/openapi/acs3-sign.ts';
import {
  ACCESS_KEY_ID,
  ACCESS_KEY_SECRET,
  openTestApi,
  type TestApi,
  toQuery,
} from '../support/openapi.ts';

let api: TestApi;

beforeEach(async () => {
  api = await openTestApi();
});

describe('a call in ACS3 style', () => {
  const query = { NodeType: '0', ProductName: 'Test product' };
  const headers = {
    host: 'iot.test',
    'x-acs-action': 'CreateProduct',
    'x-acs-version': '2018-01-20',
    'x-acs-date': '2026-01-02T03:04:05Z',
    'x-acs-signature-nonce': 'nonce-1',
  };

  function signed(changed: Record<string, string> = {}, secret = ACCESS_KEY_SECRET) {
    const sent = { ...headers, ...changed };
    const names = Object.keys(sent).sort();
    const request = { method: 'POST', path: '/', query, headers: sent, body: Buffer.alloc(0) };
    const signature = acs3Sign(request, names, secret);
    const authorization = `ACS3-HMAC-SHA256 Credential=${ACCESS_KEY_ID},SignedHeaders=${names.join(';')},Signature=${signature}`;
    return { method: 'POST', query: toQuery(query), headers: { ...sent, authorization } };
  }

  test('is answered', async () => {
    expect(await api.send(signed())).toMatchObject({ status: 200, body: { Success: true } });
  });

  test.each([
    { why: 'another secret', request: () => signed({}, 'another'), code: 'SignatureDoesNotMatch' },
    {
      why: 'an altered query',
      request: () => ({ ...signed(), query: 'NodeType=1' }),
      code: 'SignatureDoesNotMatch',
    },
    {
      why: 'a body that was not signed',
      request: () => ({ ...signed(), body: Buffer.from('x') }),
      code: 'SignatureDoesNotMatch',
    },
    {
      why: 'a date of yesterday',
      request: () => signed({ 'x-acs-date': '2026-01-01T03:04:05Z' }),
      code: 'InvalidTimeStamp.Expired',
    },
    {
      why: 'another version',
      request: () => signed({ 'x-acs-version': '2017-04-20' }),
      code: 'InvalidVersion',
    },
    {
      why: 'an unknown action',
      request: () => signed({ 'x-acs-action': 'Nothing' }),
      code: 'InvalidAction.NotFound',
    },
    {
      why: 'another algorithm',
      request: () => ({ headers: { authorization: 'ACS3-RSA-SHA256 Credential=a' } }),
      code: 'IncompleteSignature',
    },
    {
      why: 'no nonce',
      request: () => signed({ 'x-acs-signature-nonce': '' }),
      code: 'MissingParameter',
    },
  ])('is refused for $why: $code', async ({ request, code }) => {
    expect((await api.send(request())).body.Code).toBe(code);
  });

  test('is refused when it comes again', async () => {
    await api.send(signed());
    expect((await api.send(signed())).body.Code).toBe('SignatureNonceUsed');
  });
});
