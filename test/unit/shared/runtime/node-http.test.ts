import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Handler, Request } from '../../../../shared/model/http.ts';
import type { LogFields } from '../../../../shared/ports/log.ts';
import { createNodeListener } from '../../../../shared/runtime/node-http.ts';
import { listenRaw, type RawServer } from '../../../support/raw-http.ts';

const KB = 1024;
const reply = { status: 200, contentType: 'application/json', body: '{"code":0,"message":"é"}' };
let server: RawServer | undefined;

afterEach(() => server?.close());

async function serve(answer: Handler = async () => reply, bodyLimitBytes = 4 * KB) {
  const requests: Request[] = [];
  const errors: LogFields[] = [];
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (fields: LogFields) => void errors.push(fields),
  };
  const handler: Handler = (request) => {
    requests.push(request);
    return answer(request);
  };
  server = await listenRaw(createNodeListener(handler, { log, bodyLimitBytes }));
  return { ...server, requests, errors };
}

const post = (body: string, lines: readonly string[] = [], version = '1.1') =>
  [
    `POST /topic/a%20b?x=1&y=%20 HTTP/${version}`,
    'Host: x',
    'PASSWORD: t',
    ...lines,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');

describe('requests', () => {
  test('a request reaches the handler decoded', async () => {
    const { exchange, requests } = await serve();
    await exchange(post('{"ü":1}'));
    expect(requests).toEqual([
      {
        method: 'POST',
        path: '/topic/a b',
        query: 'x=1&y=%20',
        headers: { host: 'x', password: 't', 'content-length': '8' },
        body: Buffer.from('{"ü":1}'),
        sourceIp: '127.0.0.1',
        requestId: expect.stringMatching(/^[0-9a-f]{12}-1$/),
      },
    ]);
  });

  test('a body in many pieces is put together', async () => {
    const { exchange, requests } = await serve();
    await exchange(
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n',
    );
    expect(requests[0]?.body.toString()).toBe('abc');
  });

  test('requests in one packet are answered in turn, each with its own id', async () => {
    const { exchange, requests } = await serve();
    const answer = await exchange(post('a') + post('b'));
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(requests.map(({ body }) => body.toString())).toEqual(['a', 'b']);
    expect(requests[1]?.requestId).not.toBe(requests[0]?.requestId);
  });

  test('a client that goes away in the middle of its body is forgotten', async () => {
    const { port, exchange, requests, errors } = await serve();
    const socket = connect(port, '127.0.0.1');
    socket.write(post('abcdef').slice(0, -3));
    await sleep(50);
    socket.resetAndDestroy();
    await sleep(50);
    expect(await exchange(post('next'))).toContain('200 OK');
    expect(requests.map(({ body }) => body.toString())).toEqual(['next']);
    expect(errors).toEqual([]);
  });

  test('a client that goes away before its answer does no harm', async () => {
    const { port, exchange, errors } = await serve(async () => {
      await sleep(100);
      return reply;
    });
    const socket = connect(port, '127.0.0.1');
    socket.write(post('a'));
    await sleep(50);
    socket.resetAndDestroy();
    await sleep(100);
    expect(await exchange(post('b'))).toContain('200 OK');
    expect(errors).toEqual([]);
  });
});

describe('replies', () => {
  test('a reply has a literal Content-Length in bytes, is not chunked, and its head is short', async () => {
    const { exchange } = await serve();
    const answer = await exchange(post('a'));
    const head = answer.slice(0, answer.indexOf('\r\n\r\n') + 4);
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: application\/json\r\n/);
    expect(head).toContain('Content-Length: 25\r\n');
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(head.length).toBeLessThan(200);
    expect(answer.slice(head.length)).toHaveLength(25);
  });

  test('a client that asks for 100-continue gets it, and then its answer', async () => {
    const { port, requests } = await serve();
    const socket = connect(port, '127.0.0.1');
    const message = post('abc', ['Expect: 100-continue']);
    socket.write(message.slice(0, -3));
    expect(String(await once(socket, 'data'))).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('abc');
    expect(String(await once(socket, 'data'))).toContain('HTTP/1.1 200 OK');
    expect(requests[0]?.body.toString()).toBe('abc');
    socket.destroy();
  });

  test('an HTTP/1.0 client gets a length too, and its connection is closed', async () => {
    const { exchange } = await serve();
    const answer = await exchange(post('a', [], '1.0'), 5000);
    expect(answer).toContain('Content-Length: 25\r\n');
    expect(answer).toContain('Connection: close\r\n');
  });

  test('HEAD gets the head alone', async () => {
    const { exchange } = await serve();
    const answer = await exchange('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(answer).toContain('Content-Length: 25\r\n');
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
  });
});

describe('bodies over the limit', () => {
  test('the handler sees one byte more than the limit, the connection goes on', async () => {
    const { exchange, requests } = await serve();
    const answer = await exchange(post('x'.repeat(64 * KB)) + post('next'));
    expect(requests.map(({ body }) => body.length)).toEqual([4 * KB + 1, 4]);
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });

  test('a body of exactly the limit is whole', async () => {
    const { exchange, requests } = await serve();
    await exchange(post('x'.repeat(4 * KB)));
    expect(requests[0]?.body).toHaveLength(4 * KB);
  });

  test('past 4 MiB the answer comes at once and the connection is closed', async () => {
    const { exchange, requests } = await serve();
    const head = post('').replace('Content-Length: 0', `Content-Length: ${64 * KB * KB}`);
    const answer = await exchange(head + 'x'.repeat(4 * KB * KB + KB), 5000);
    expect(answer).toContain('HTTP/1.1 200 OK');
    expect(answer).toContain('Connection: close\r\n');
    expect(requests.map(({ body }) => body.length)).toEqual([4 * KB + 1]);
  });
});

describe('faults', () => {
  const fault = new Error('disk on fire');
  for (const [name, answer] of [
    ['rejects', () => Promise.reject(fault)],
    [
      'throws',
      () => {
        throw fault;
      },
    ],
  ] as const) {
    test(`a handler that ${name} is answered with 500 and logged, and the next request is served`, async () => {
      let calls = 0;
      const { exchange, errors } = await serve((): Promise<typeof reply> => {
        calls += 1;
        return calls === 1 ? answer() : Promise.resolve(reply);
      });
      const got = await exchange(post('a') + post('b'));
      expect(got).toContain('HTTP/1.1 500 Internal Server Error\r\n');
      expect(got).toContain('{"code":10000,"message":"common error","RequestId":"');
      expect(got).toContain('HTTP/1.1 200 OK');
      expect(errors).toEqual([
        { requestId: expect.any(String), method: 'POST', path: '/topic/a b', error: fault },
      ]);
    });
  }
});
