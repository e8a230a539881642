import { beforeEach, describe, expect, test } from 'vitest';
import { ACCESS_KEYS_PARTITION } from '../../shared/core/access-keys/access-keys.ts';
import { rpcSign } from '../../shared/core/signing/openapi/rpc-sign.ts';
import {
  ACCESS_KEY_ID,
  ACCESS_KEY_SECRET,
  EMPTY_REQUEST,
  openTestApi,
  signedQuery,
  type TestApi,
  toQuery,
} from '../support/openapi.ts';

let api: TestApi;

beforeEach(async () => {
  api = await openTestApi();
});

const MINUTE_MS = 60_000;
const product = { NodeType: 0, ProductName: 'Test product' };

async function seenMarks() {
  const { store } = api.registry;
  const seen = store.table('seen');
  const { SignatureNonce } = signedQuery('QueryProduct', {}, api.clock.nowMs);
  return { seen, nonce: SignatureNonce ?? '' };
}

describe('a call in RPC style', () => {
  test('is answered with a request id in upper case, Success, Data and no Code', async () => {
    const { status, body } = await api.call('CreateProduct', product);
    expect(status).toBe(200);
    expect(body).toMatchObject({ Success: true, Data: { ProductName: 'Test product' } });
    expect(body['RequestId']).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
    expect(body).not.toHaveProperty('Code');
  });

  test('may bring its parameters in a form', async () => {
    const { Signature: _, ...params } = signedQuery('CreateProduct', product, api.clock.nowMs);
    const Signature = rpcSign({ method: 'POST', params }, ACCESS_KEY_SECRET);
    const { body } = await api.send({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(toQuery({ ...params, Signature })),
    });
    expect(body).toMatchObject({ Success: true });
  });

  test('may leave out Version, Format and SignatureVersion', async () => {
    const whole = signedQuery('CreateProduct', product, api.clock.nowMs);
    const { Signature: _, Version: _v, Format: _f, SignatureVersion: _s, ...params } = whole;
    const Signature = rpcSign({ method: 'GET', params }, ACCESS_KEY_SECRET);
    const { body } = await api.send({ query: toQuery({ ...params, Signature }) });
    expect(body).toMatchObject({ Success: true });
  });

  test('names actions and parameters in any case', async () => {
    const { body } = await api.call('createproduct', { nodeType: 0, productname: 'Test product' });
    expect(body).toMatchObject({ Success: true });
  });
});

describe('a call in RPC style is refused', () => {
  test('with the string to sign when a parameter was altered', async () => {
    const { status, body } = await api.call('CreateProduct', product, { ProductName: 'Altered' });
    expect(status).toBe(400);
    expect(body).toMatchObject({ HostId: 'iot.test', Code: 'SignatureDoesNotMatch' });
    expect(body['Message']).toContain('server string to sign is:GET&%2F&');
    expect(body['Message']).toContain('ProductName%3DAltered');
    expect(body).not.toHaveProperty('Success');
  });

  test('when it is signed with another secret', async () => {
    const { Signature: _, ...params } = signedQuery('CreateProduct', product, api.clock.nowMs);
    const Signature = rpcSign({ method: 'GET', params }, 'another');
    const { body } = await api.send({ query: toQuery({ ...params, Signature }) });
    expect(body.Code).toBe('SignatureDoesNotMatch');
  });

  test('when it is signed for POST and sent with GET', async () => {
    const { Signature: _, ...params } = signedQuery('CreateProduct', product, api.clock.nowMs);
    const Signature = rpcSign({ method: 'POST', params }, ACCESS_KEY_SECRET);
    const { body } = await api.send({ query: toQuery({ ...params, Signature }) });
    expect(body.Code).toBe('SignatureDoesNotMatch');
  });

  const refused = [
    {
      why: 'an unknown access key',
      sent: { AccessKeyId: 'akTest02' },
      status: 404,
      code: 'InvalidAccessKeyId.NotFound',
    },
    {
      why: 'an access key id that is no key',
      sent: { AccessKeyId: 'a\u0000b' },
      status: 404,
      code: 'InvalidAccessKeyId.NotFound',
    },
    {
      why: 'an unknown action',
      sent: { Action: 'MakeCoffee' },
      status: 404,
      code: 'InvalidAction.NotFound',
    },
    {
      why: 'the name of an inherited property',
      sent: { Action: '__proto__' },
      status: 404,
      code: 'InvalidAction.NotFound',
    },
    {
      why: 'another version',
      sent: { Version: '2017-04-20' },
      status: 400,
      code: 'InvalidVersion',
    },
    {
      why: 'an unknown signature method',
      sent: { SignatureMethod: 'HMAC-MD5' },
      status: 400,
      code: 'SignatureDoesNotMatch',
    },
    {
      why: 'milliseconds in the timestamp',
      sent: { Timestamp: '2026-01-02T03:04:05.000Z' },
      status: 400,
      code: 'InvalidTimeStamp.Format',
    },
    {
      why: 'a 13th month',
      sent: { Timestamp: '2026-13-02T03:04:05Z' },
      status: 400,
      code: 'InvalidTimeStamp.Format',
    },
    {
      why: 'a nonce that is too long',
      sent: { SignatureNonce: 'n'.repeat(129) },
      status: 400,
      code: 'InvalidSignatureNonce',
    },
  ];
  test.each(refused)('for $why: $code', async ({ sent, status, code }) => {
    const whole = signedQuery('QueryProduct', {}, api.clock.nowMs);
    const { Signature: _, ...rest } = whole;
    const params = { ...rest, ...sent };
    const known = params.SignatureMethod === 'HMAC-SHA1';
    const Signature = known ? rpcSign({ method: 'GET', params }, ACCESS_KEY_SECRET) : 'AAAA';
    const reply = await api.send({ query: toQuery({ ...params, Signature }) });
    expect(reply).toMatchObject({ status, body: { Code: code } });
  });

  test.each(['Action', 'AccessKeyId', 'Timestamp', 'SignatureNonce', 'Signature'])(
    'without %s',
    async (name) => {
      const { [name]: _, ...params } = signedQuery('QueryProduct', {}, api.clock.nowMs);
      const { status, body } = await api.send({ query: toQuery(params) });
      expect({ status, code: body.Code }).toEqual({ status: 400, code: 'MissingParameter' });
      expect(body['Message']).toBe(`The parameter ${name} is mandatory for this action.`);
    },
  );

  test.each([
    { skewMs: 15 * MINUTE_MS, code: undefined },
    { skewMs: -15 * MINUTE_MS, code: undefined },
    { skewMs: 15 * MINUTE_MS + 1000, code: 'InvalidTimeStamp.Expired' },
    { skewMs: -15 * MINUTE_MS - 1000, code: 'InvalidTimeStamp.Expired' },
  ])('when its clock is $skewMs ms behind: $code', async ({ skewMs, code }) => {
    const query = signedQuery('CreateProduct', product, api.clock.nowMs - skewMs);
    const { body } = await api.send({ query: toQuery(query) });
    expect(body.Code).toBe(code);
  });

  test('when it comes again, until its timestamp is out of date', async () => {
    const query = toQuery(signedQuery('CreateProduct', product, api.clock.nowMs + 15 * MINUTE_MS));
    expect((await api.send({ query })).body.Success).toBe(true);
    expect((await api.send({ query })).body.Code).toBe('SignatureNonceUsed');
    api.clock.nowMs += 30 * MINUTE_MS - 1;
    expect((await api.send({ query })).body.Code).toBe('SignatureNonceUsed');
    api.clock.nowMs += 2;
    expect((await api.send({ query })).body.Code).toBe('InvalidTimeStamp.Expired');
  });

  test('without using up its nonce', async () => {
    const { seen, nonce } = await seenMarks();
    const query = { ...signedQuery('CreateProduct', product, api.clock.nowMs), Signature: 'AAAA' };
    await api.send({ query: toQuery({ ...query, SignatureNonce: nonce }) });
    const mark = { partition: `openapi-nonce/${ACCESS_KEY_ID}/${nonce}` };
    expect(await seen.read(mark)).toBeUndefined();
  });

  test.each([
    { method: 'PUT', path: '/' },
    { method: 'GET', path: '/other' },
  ])('at $method $path', async (place) => {
    const { status, body } = await api.send(place);
    expect({ status, code: body.Code }).toEqual({ status: 404, code: 'InvalidAction.NotFound' });
  });

  test('over 1 MiB', async () => {
    const { body } = await api.send({ method: 'POST', body: Buffer.alloc(1024 * 1024 + 1) });
    expect(body).toMatchObject({ Success: false, Code: 'iot.system.IllegalRequest' });
    expect(body['ErrorMessage']).toBe('More than 1048576 bytes.');
  });
});

test('a reply says to the metrics how the call ended, and to the client nothing of it', async () => {
  const query = toQuery(signedQuery('CreateProduct', product, api.clock.nowMs));
  const outcomes = [];
  for (let call = 0; call < 2; call += 1) {
    const reply = await api.handler({ ...EMPTY_REQUEST, query });
    outcomes.push(reply.outcome);
    expect(reply.body).not.toContain('outcome');
  }
  expect(outcomes).toEqual(['success', 'nonce-reused']);
});

describe('the log', () => {
  test('says who was refused and why, and holds no secret and no signature', async () => {
    const query = {
      ...signedQuery('CreateProduct', product, api.clock.nowMs),
      Signature: 'c2lnbg==',
    };
    await api.send({ query: toQuery(query) });
    expect(api.logged).toHaveLength(1);
    expect(api.logged[0]).toMatchObject({
      message: 'openapi call refused',
      fields: {
        action: 'CreateProduct',
        accessKeyId: ACCESS_KEY_ID,
        refused: { kind: 'signature-mismatch', reason: 'Signature does not match' },
      },
    });
    const text = JSON.stringify(api.logged);
    expect(text).not.toContain(ACCESS_KEY_SECRET);
    expect(text).not.toContain('c2lnbg');
  });

  test('stays short, whatever a caller without a key sends', async () => {
    const long = 'x'.repeat(900_000);
    await api.call('CreateProduct', product, { Action: long, AccessKeyId: long });
    await api.call('CreateProduct', { ...product, Description: long }, { Signature: 'c2lnbg==' });
    expect(api.logged).toHaveLength(2);
    for (const line of api.logged) expect(JSON.stringify(line).length).toBeLessThan(4000);
  });

  test('has the string to sign without the token of temporary credentials', async () => {
    const params = { ...product, SecurityToken: 'CAIS+/=& token' };
    await api.call('CreateProduct', params, { Signature: 'c2lnbg==' });
    const { refused } = api.logged[0]?.fields ?? {};
    const stringToSign = expect.stringMatching(/%26SecurityToken%3D\[secret\]%26Signature/);
    expect(refused).toMatchObject({ kind: 'signature-mismatch', stringToSign });
    expect(JSON.stringify(api.logged)).not.toMatch(/CAIS|token/);
  });

  test('has the string to sign without the secrets that a call gives', async () => {
    const params = { ...product, DeviceSecret: 'hush-1', ProductSecret: 'hush-2' };
    await api.call('CreateProduct', params, { Signature: 'c2lnbg==' });
    expect(JSON.stringify(api.logged)).toContain('ProductSecret%3D[secret]');
    expect(JSON.stringify(api.logged)).not.toContain('hush');
  });

  test('has the fault behind a failed call, whose client only hears of a failure', async () => {
    const table = api.registry.store.table('access_keys');
    const key = { partition: ACCESS_KEYS_PARTITION, sort: ACCESS_KEY_ID };
    const found = await table.read(key);
    const damaged = { sealedSecret: 'damaged', createdAtMs: 0 };
    await table.replace(key, damaged, found?.version ?? 0);
    const { status, body } = await api.call('CreateProduct', product);
    expect({ status, code: body.Code }).toEqual({ status: 500, code: 'InternalError' });
    expect(api.logged[0]).toMatchObject({ message: 'openapi call failed' });
    expect(String(api.logged[0]?.fields['error'])).toContain('SealError');
  });
});
