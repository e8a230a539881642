import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { createEmqxDownlink } from '../../shared/adapters/emqx/emqx-downlink.ts';
import { listenOnLoopback } from '../support/loopback.ts';

type Call = { method: string; url: URL; body: unknown; authorization: string | undefined };
type Answer = { status: number; body?: unknown } | 'silence';

const DEVICE = { productKey: 'a1Pk', deviceName: 'dn_1' };
const MESSAGE = { ...DEVICE, topic: '/a1Pk/dn_1/user/get', payload: Buffer.from([0, 255, 10]) };
const KEY = { apiKey: 'key-1', apiSecret: 'secret-1' };
const ROUTED = { status: 200, body: { id: '000600D09A099053F445000014C30000' } };
const NOBODY = { status: 202, body: { message: 'no_matching_subscribers', reason_code: 16 } };

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Something that is called like EMQX 5 and answers as the test says. */
async function openBroker(script: (call: Call) => Answer, timeoutMs?: number) {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const sent = await text(request);
    const call = {
      method: request.method ?? '',
      url: new URL(request.url ?? '', 'http://emqx'),
      body: sent === '' ? undefined : JSON.parse(sent),
      authorization: request.headers.authorization,
    };
    calls.push(call);
    const answer = script(call);
    if (answer === 'silence') return;
    response.writeHead(answer.status).end(answer.body && JSON.stringify(answer.body));
  });
  const { endpoint, stop } = await listenOnLoopback(server);
  stops.push(stop);
  const options = { endpoint, ...KEY, ...(timeoutMs !== undefined && { timeoutMs }) };
  return { calls, downlink: createEmqxDownlink(options) };
}

const listed = (clients: readonly object[], hasnext = false) => ({
  status: 200,
  body: { data: clients, meta: { page: 1, limit: 1000, hasnext } },
});

describe('publish', () => {
  test('posts the bytes in base64 with the key as basic authentication', async () => {
    const { calls, downlink } = await openBroker(() => ROUTED);
    expect(await downlink.publish({ ...MESSAGE, qos: 1 })).toBe('sent');
    expect(calls).toEqual([
      {
        method: 'POST',
        url: new URL('http://emqx/api/v5/publish'),
        body: {
          topic: MESSAGE.topic,
          payload: 'AP8K',
          payload_encoding: 'base64',
          qos: 1,
          retain: false,
        },
        authorization: `Basic ${Buffer.from('key-1:secret-1').toString('base64')}`,
      },
    ]);
  });

  test.each([
    { qos: 0 as const, isTransient: false },
    { qos: 1 as const, isTransient: true },
  ])('has $qos, transient $isTransient, expire where the session is away', async (how) => {
    const { calls, downlink } = await openBroker(() => ROUTED);
    await downlink.publish({ ...MESSAGE, ...how });
    expect(calls[0]?.body).toMatchObject({ properties: { message_expiry_interval: 5 } });
  });

  test.each([
    { clients: [], delivery: 'offline' },
    { clients: [{ clientid: 'c', username: 'dn_1&a1Pk' }], delivery: 'unsubscribed' },
    { clients: [{ clientid: 'c', username: 'other' }], delivery: 'offline' },
  ])('to nobody says $delivery where $clients are connected', async ({ clients, delivery }) => {
    const { calls, downlink } = await openBroker(({ method }) =>
      method === 'POST' ? NOBODY : listed(clients),
    );
    expect(await downlink.publish({ ...MESSAGE, qos: 1 })).toBe(delivery);
    expect(calls[1]?.url.pathname).toBe('/api/v5/clients');
    expect(Object.fromEntries(calls[1]?.url.searchParams ?? [])).toMatchObject({
      username: 'dn_1&a1Pk',
      conn_state: 'connected',
    });
  });

  test.each([
    {
      answer: { status: 401, body: { code: 'BAD_API_KEY_OR_SECRET' } },
      says: 'MOORING_EMQX_API_KEY',
    },
    { answer: { status: 403 }, says: 'role administrator' },
    {
      answer: { status: 503, body: { message: 'failed_to_dispatch' } },
      says: 'failed_to_dispatch',
    },
    { answer: 'silence' as const, says: 'within 50 ms' },
  ])('rejects with "$says" and without the key', async ({ answer, says }) => {
    const { downlink } = await openBroker(() => answer, 50);
    const fault = await downlink.publish({ ...MESSAGE, qos: 0 }).catch((error: Error) => error);
    expect(fault).toBeInstanceOf(Error);
    expect(String(fault)).toContain(says);
    expect(String(fault)).not.toMatch(/key-1|secret-1/);
  });

  test('rejects where nothing listens, and names the variable', async () => {
    const { downlink } = await openBroker(() => ROUTED);
    for (const stop of stops.splice(0)) await stop();
    await expect(downlink.publish({ ...MESSAGE, qos: 0 })).rejects.toThrow(
      /ECONNREFUSED.*MOORING_EMQX_ENDPOINT/,
    );
  });
});

test('a broadcast is one publish of QoS 0', async () => {
  const { calls, downlink } = await openBroker(() => NOBODY);
  const topic = '/broadcast/a1Pk/all';
  await downlink.broadcast({ productKey: 'a1Pk', topic, payload: Buffer.from('x') });
  expect(calls.map(({ body }) => body)).toEqual([
    expect.objectContaining({ topic, qos: 0, payload: 'eA==' }),
  ]);
});

test('connected devices are those of the product, each once, from all pages', async () => {
  const pages = [
    listed(
      [
        { username: 'd1&a1Pk', clientid: '1' },
        { username: 'd2&xa1Pk', clientid: '2' },
      ],
      true,
    ),
    listed(
      [
        { username: 'd1&a1Pk', clientid: '3' },
        { username: 'd3&a1Pk', clientid: '4' },
      ],
      true,
    ),
    listed([
      { username: 'd4&a1Pk&x', clientid: '5' },
      { username: null, clientid: '6' },
    ]),
  ];
  const { calls, downlink } = await openBroker(
    ({ url }) => pages[Number(url.searchParams.get('page')) - 1] ?? { status: 500 },
  );
  expect(await downlink.connectedDevices('a1Pk')).toEqual(['d1', 'd3']);
  expect(calls.map(({ url }) => url.searchParams.get('like_username'))).toEqual([
    '&a1Pk',
    '&a1Pk',
    '&a1Pk',
  ]);
});

test('disconnect ends every client of the device, also one that has just left', async () => {
  const clientIds = ['a|securemode=3|', 'b/ü'];
  const { calls, downlink } = await openBroker(({ method }) =>
    method === 'DELETE'
      ? { status: 404, body: { code: 'CLIENTID_NOT_FOUND' } }
      : listed(clientIds.map((clientid) => ({ clientid, username: 'dn_1&a1Pk' }))),
  );
  await downlink.disconnect(DEVICE);
  expect(calls.slice(1).map(({ method, url }) => `${method} ${url.pathname}`)).toEqual(
    clientIds.map((clientId) => `DELETE /api/v5/clients/${encodeURIComponent(clientId)}`),
  );
});
