import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import PopClient from '@alicloud/pop-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAcs3Authorization } from '../../shared/core/signing/openapi/acs3-authorization.ts';
import { verifyAcs3Sign } from '../../shared/core/signing/openapi/acs3-sign.ts';
import { verifyRpcSign } from '../../shared/core/signing/openapi/rpc-sign.ts';

/** A CommonJS package: its class is at `default` for `require` alone. */
const iot: typeof import('@alicloud/iot20180120', { with: { 'resolution-mode': 'require' }}) =
  createRequire(import.meta.url)('@alicloud/iot20180120');

type Received = {
  method: string;
  query: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
};

const ACCESS_KEY_ID = 'akTest01';
const SECRET = 'skTest01';

/** What needs encoding, and what the encoders of the world disagree on. */
const AWKWARD = ` +*~!'()%&=/?#"\\|水表😀,;:@$é`;

const received: Received[] = [];

/** Answers what either client takes for a success, and keeps the bytes that came. */
const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '', 'http://localhost');
  received.push({
    method: request.method ?? '',
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: await buffer(request),
  });
  response.setHeader('content-type', 'application/json').end('{"Success":true}');
});

let address = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const last = (): Received => {
  const request = received.at(-1);
  if (request === undefined) throw new Error('nothing was received');
  return request;
};

/** Query and form merged, as functions/openapi does. */
const rpcRequest = ({ method, query, body }: Received) => ({
  method,
  params: { ...query, ...Object.fromEntries(new URLSearchParams(body.toString())) },
});

describe('@alicloud/pop-core 1.8.0', () => {
  const CALLS = [
    ['plain', { productKey: 'a1TestProd01' }],
    ['awkward text', { ProductName: AWKWARD, Empty: '' }],
    ['an awkward name', { [AWKWARD]: '1' }],
    ['lists and numbers', { DeviceName: ['a', 'b'], Tag: [{ Key: 'k', Value: 'v' }], Qos: 0 }],
  ] as const;

  for (const method of ['GET', 'POST']) {
    for (const [name, params] of CALLS) {
      test(`${method}, ${name}: the signature is verified, and not with a parameter changed`, async () => {
        const client = new PopClient({
          accessKeyId: ACCESS_KEY_ID,
          accessKeySecret: SECRET,
          endpoint: `http://${address}`,
          apiVersion: '2018-01-20',
        });
        await client.request('QueryProduct', params, { method });
        const request = rpcRequest(last());
        expect(verifyRpcSign(request, SECRET)).toEqual({ ok: true });
        const changed = { ...request, params: { ...request.params, Action: 'DeleteProduct' } };
        expect(verifyRpcSign(changed, SECRET).ok).toBe(false);
      });
    }
  }
});

describe('@alicloud/iot20180120 3.0.11', () => {
  /** The client reads plain members only; its type asks for a class of a package that we do not name. */
  const newClient = (changes: object = {}) =>
    new iot.default({
      accessKeyId: ACCESS_KEY_ID,
      accessKeySecret: SECRET,
      endpoint: address,
      protocol: 'http',
      ...changes,
    } as unknown as ConstructorParameters<typeof iot.default>[0]);

  const acs3 = ({ method, query, headers, body }: Received) => ({
    request: { method, path: '/', query, headers, body },
    authorization: parseAcs3Authorization(headers['authorization'] ?? ''),
  });

  const CALLS = [
    ['plain', { productKey: 'a1TestProd01' }],
    ['awkward text', { productKey: AWKWARD, iotInstanceId: '' }],
  ] as const;

  for (const [name, members] of CALLS) {
    test(`ACS3, ${name}: the signature is verified, and not with the action changed`, async () => {
      await newClient().queryProduct(new iot.QueryProductRequest(members));
      const { request, authorization } = acs3(last());
      if (authorization === undefined) throw new Error('the Authorization was not read');
      expect(authorization.accessKeyId).toBe(ACCESS_KEY_ID);
      expect(verifyAcs3Sign(request, authorization, SECRET)).toEqual({ ok: true });
      const headers = { ...request.headers, 'x-acs-action': 'DeleteProduct' };
      expect(verifyAcs3Sign({ ...request, headers }, authorization, SECRET).ok).toBe(false);
    });
  }

  test('ACS3, a list, whose names hold dots', async () => {
    const members = { productKey: 'a1TestProd01', deviceName: ['a', AWKWARD] };
    await newClient().batchQueryDeviceDetail(new iot.BatchQueryDeviceDetailRequest(members));
    const { request, authorization } = acs3(last());
    expect(request.query['DeviceName.2']).toBe(AWKWARD);
    if (authorization === undefined) throw new Error('the Authorization was not read');
    expect(verifyAcs3Sign(request, authorization, SECRET)).toEqual({ ok: true });
  });

  test('ACS3 with a security token, which is signed too', async () => {
    const client = newClient({ type: 'sts', securityToken: 'token01' });
    await client.queryProduct(new iot.QueryProductRequest({ productKey: 'a1TestProd01' }));
    const { request, authorization } = acs3(last());
    expect(authorization?.signedHeaders).toContain('x-acs-security-token');
    if (authorization === undefined) throw new Error('the Authorization was not read');
    expect(verifyAcs3Sign(request, authorization, SECRET)).toEqual({ ok: true });
  });

  test('signatureAlgorithm v2 is RPC style', async () => {
    const client = newClient({ signatureAlgorithm: 'v2' });
    await client.queryProduct(new iot.QueryProductRequest({ productKey: AWKWARD }));
    expect(last().headers['authorization']).toBeUndefined();
    expect(verifyRpcSign(rpcRequest(last()), SECRET)).toEqual({ ok: true });
  });
});
