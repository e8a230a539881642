import { describe, expect, test } from 'vitest';
import type { Handler, Request } from '../../../../shared/model/http.ts';
import type { Log, LogFields } from '../../../../shared/ports/log.ts';
import { httpFunction } from '../../../../shared/runtime/http-function.ts';

const fc3 = {
  version: 'v1',
  rawPath: '/topic/a/b%20c',
  headers: { 'Content-Type': 'application/octet-stream', Password: 't' },
  queryParameters: { b: '2 +', a: '1' },
  body: Buffer.from([0, 255]).toString('base64'),
  isBase64Encoded: true,
  requestContext: { requestId: 'r-1', http: { method: 'POST', sourceIp: '10.0.0.1' } },
};

const http2 = {
  version: '2.0',
  rawPath: '/topic/a/b%20c',
  rawQueryString: 'b=2%20%2B&a=1',
  headers: fc3.headers,
  body: fc3.body,
  isBase64Encoded: true,
  requestContext: fc3.requestContext,
};

const rest = {
  path: '/topic/a/b%20c',
  httpMethod: 'POST',
  headers: null,
  multiValueHeaders: { 'content-type': ['application/octet-stream'], password: ['t'] },
  queryStringParameters: null,
  multiValueQueryStringParameters: { b: ['2 +'], a: ['1'] },
  body: fc3.body,
  isBase64Encoded: true,
  requestContext: { requestId: 'r-1', identity: { sourceIp: '10.0.0.1' } },
};

const expected: Request = {
  method: 'POST',
  path: '/topic/a/b c',
  query: 'b=2%20%2B&a=1',
  headers: { 'content-type': 'application/octet-stream', password: 't' },
  body: Buffer.from([0, 255]),
  sourceIp: '10.0.0.1',
  requestId: 'r-1',
};

const reply = { status: 200, contentType: 'application/json', body: '{"code":0}' };

function openFunction(answer: Handler = async () => reply) {
  const requests: Request[] = [];
  const errors: LogFields[] = [];
  const log: Log = {
    info: () => undefined,
    warn: () => undefined,
    error: (fields) => void errors.push(fields),
  };
  const handler: Handler = async (request) => {
    requests.push(request);
    return answer(request);
  };
  return { call: httpFunction(() => handler, log), requests, errors };
}

describe('triggers', () => {
  for (const [name, event] of [
    ['Function Compute 3', fc3],
    ['a function URL or HTTP API', http2],
    ['a REST API', rest],
  ] as const) {
    test(`an event of ${name} becomes the same request`, async () => {
      const { call, requests } = openFunction();
      expect(await call(event)).toEqual({
        statusCode: 200,
        headers: { 'Content-Type': 'application/json' },
        isBase64Encoded: false,
        body: '{"code":0}',
      });
      expect(requests).toEqual([expected]);
    });
  }

  test('Function Compute hands its event over as bytes', async () => {
    const { call, requests } = openFunction();
    await call(Buffer.from(JSON.stringify(fc3)));
    expect(requests).toEqual([expected]);
  });

  test('a request of Function Compute 2 becomes the same request', async () => {
    const { call, requests } = openFunction();
    const sent: unknown[] = [];
    const response = {
      setStatusCode: (status: number) => void sent.push(status),
      setHeader: (name: string, value: string) => void sent.push([name, value]),
      send: (body: string) => void sent.push(body),
    };
    const request = {
      method: 'POST',
      path: '/topic/a/b%20c',
      queries: { b: '2 +', a: '1' },
      headers: { 'content-type': 'application/octet-stream', password: 't' },
      clientIP: '10.0.0.1',
      body: Buffer.from([0, 255]),
    };
    await call(request, response, { requestId: 'r-1' });
    expect(requests).toEqual([expected]);
    expect(sent).toEqual([200, ['Content-Type', 'application/json'], '{"code":0}']);
  });

  test('Lambda finds no third parameter to take for a callback', () => {
    expect(openFunction().call.length).toBeLessThan(3);
  });
});

describe('parts that may be absent or odd', () => {
  for (const [change, difference] of [
    [{ body: undefined, isBase64Encoded: false }, { body: Buffer.alloc(0) }],
    [{ body: '{"ü":1}', isBase64Encoded: false }, { body: Buffer.from('{"ü":1}') }],
    [{ headers: undefined }, { headers: {} }],
    [{ queryParameters: undefined }, { query: '' }],
    [{ rawPath: '/topic/%zz' }, { path: '/topic/%zz' }],
    [{ rawPath: '/topic/%2541' }, { path: '/topic/%41' }],
  ] as const) {
    test(`${Object.keys(change)} as ${Object.values(change)[0]} gives ${Object.keys(difference)}`, async () => {
      const { call, requests } = openFunction();
      await call({ ...fc3, ...change });
      expect(requests).toEqual([{ ...expected, ...difference }]);
    });
  }
});

describe('faults', () => {
  test('a handler that rejects is answered with 500 in every dialect, and logged', async () => {
    const fault = new Error('disk on fire');
    const { call, errors } = openFunction(() => Promise.reject(fault));
    const answer = await call(fc3);
    expect(answer).toMatchObject({ statusCode: 500 });
    expect(JSON.parse(Reflect.get(Object(answer), 'body'))).toEqual({
      code: 10000,
      message: 'common error',
      RequestId: 'r-1',
      Code: 'InternalError',
      Message: 'The request failed, see the log.',
    });
    expect(errors).toEqual([
      { requestId: 'r-1', method: 'POST', path: '/topic/a/b c', error: fault },
    ]);
  });

  test('a failed open is answered with 500 and tried again', async () => {
    let opened = 0;
    const call = httpFunction(
      () => {
        opened += 1;
        if (opened === 1) throw new Error('no keys');
        return async () => reply;
      },
      { info: () => undefined, warn: () => undefined, error: () => undefined },
    );
    expect(await call(fc3)).toMatchObject({ statusCode: 500 });
    expect(await call(fc3)).toMatchObject({ statusCode: 200 });
    expect(opened).toBe(2);
  });

  for (const [event, got] of [
    [{ triggerTime: 'x', payload: 'secret' }, 'one with triggerTime, payload'],
    [{ version: 'v1' }, 'one with version'],
    ['1', 'number'],
  ] as const) {
    test(`an event of unknown shape is refused by the names in it: ${got}`, async () => {
      const { call, requests } = openFunction();
      await expect(call(event)).rejects.toThrow(
        `expected an HTTP event of Function Compute 3 (version "v1"), of a Lambda function URL or HTTP API (version "2.0"), of an API Gateway REST API (httpMethod), or (req, resp, context) of Function Compute 2; got ${got}`,
      );
      expect(requests).toEqual([]);
    });
  }
});
