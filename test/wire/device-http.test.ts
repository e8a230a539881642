import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange, post } from '../support/device-socket.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.stop());

const sha1 = (content: string) =>
  createHmac('sha1', stack.demo.deviceSecret).update(content).digest('hex');

async function answerTo(bytes: Buffer): Promise<Record<string, unknown>> {
  const { head, body } = await exchange(stack.port, bytes);
  expect(head.length).toBeLessThan(1024);
  expect(Buffer.byteLength(body)).toBeLessThan(256);
  return JSON.parse(body.replace(/"messageId":(\d+)/, '"messageId":"$1"'));
}

/** The C Link SDK v3: no timestamp, upper-case hex, a blank behind the first comma of its JSON. */
function cSdkAuth(): Buffer {
  const { productKey, deviceName } = stack.demo;
  const clientId = `${productKey}.${deviceName}`;
  const sign = sha1(
    `clientId${clientId}deviceName${deviceName}productKey${productKey}`,
  ).toUpperCase();
  const body =
    `{"version":"default", "clientId":"${clientId}","signmethod":"hmacsha1","sign":"${sign}",` +
    `"productKey":"${productKey}","deviceName":"${deviceName}"}`;
  return post(
    '/auth',
    ['Accept: text/xml, application/json', 'Content-Type: application/json'],
    body,
  );
}

async function signIn(): Promise<string> {
  const answer = await answerTo(cSdkAuth());
  expect(answer).toMatchObject({ code: 0, message: 'success' });
  return (answer['info'] as { token: string }).token;
}

const cSdkPost = (topic: string, token: string, body: string) =>
  post(
    `/topic${topic}`,
    ['Connection: Keep-Alive', `password:${token}`, 'Content-Type: application/octet-stream'],
    body,
  );

describe('the C Link SDK over a socket', () => {
  test('signs in and gets a token that its buffers hold', async () => {
    const token = await signIn();
    expect(token).toMatch(/^[A-Za-z0-9_-]{1,192}$/);
  });

  test('reports device info and firmware version behind the sign-in, then data', async () => {
    const token = await signIn();
    const { productKey, deviceName } = stack.demo;
    const sys = `/sys/${productKey}/${deviceName}/thing`;
    for (const [topic, body] of [
      [
        `${sys}/deviceinfo/update`,
        '{"id":"1","version":"1.0","params":[{"attrKey":"SYS_LP_SDK_VERSION","attrValue":"3.0.1","domain":"SYSTEM"}],"method":"thing.deviceinfo.update"}',
      ],
      [
        `/ota/device/inform/${productKey}/${deviceName}`,
        '{"id":"2","params":{"version":"app-1.0.0"}}',
      ],
      [
        `${sys}/event/property/post`,
        '{"id":"3","version":"1.0","params":{"temperature":21.5},"method":"thing.event.property.post"}',
      ],
      [`/${productKey}/${deviceName}/user/update`, 'not JSON at all'],
    ] as const) {
      const answer = await answerTo(cSdkPost(topic, token, body));
      expect(answer, topic).toEqual({
        code: 0,
        message: 'success',
        info: { messageId: expect.stringMatching(/^\d{17,19}$/) },
      });
    }
  });

  test('sends several requests over one connection', async () => {
    const token = await signIn();
    const { productKey, deviceName } = stack.demo;
    const one = cSdkPost(`/${productKey}/${deviceName}/user/update`, token, 'x');
    const { body } = await exchange(stack.port, one);
    expect(JSON.parse(body)).toMatchObject({ code: 0 });
  });
});

describe('the Node client of the manuals over a socket', () => {
  test('signs in with a random client id and a numeric timestamp, and posts', async () => {
    const { productKey, deviceName } = stack.demo;
    const timestamp = Date.now();
    const clientId = 'k3j9x0q2';
    const sign = sha1(
      `clientId${clientId}deviceName${deviceName}productKey${productKey}timestamp${timestamp}`,
    );
    const form = {
      version: 'default',
      clientId,
      signmethod: 'hmacsha1',
      sign,
      productKey,
      deviceName,
      timestamp,
    };
    const headers = ['host: iot-as-http.cn-shanghai.aliyuncs.com', 'accept: application/json'];
    const signedIn = await answerTo(
      post('/auth', [...headers.slice(1), 'content-type: application/json'], JSON.stringify(form)),
    );
    expect(signedIn).toMatchObject({ code: 0, message: 'success' });
    const { token } = signedIn['info'] as { token: string };
    const payload = {
      id: timestamp,
      version: '1.0',
      params: { temperature: 18.2 },
      method: 'thing.event.property.post',
    };
    const posted = await answerTo(
      post(
        `/topic/sys/${productKey}/${deviceName}/thing/event/property/post`,
        [`password: ${token}`, 'Content-Type: application/octet-stream', 'Connection: close'],
        JSON.stringify(payload),
      ),
    );
    expect(posted).toMatchObject({ code: 0, message: 'success' });
  });

  test('is refused with 20000 for the stale timestamp of the printed sample', async () => {
    const { productKey, deviceName } = stack.demo;
    const body = `{"version":"default","clientId":"mylight1000002","signmethod":"hmacsha1","sign":"4870141D4067227128CBB4377906C3731CAC221C","productKey":"${productKey}","deviceName":"${deviceName}","timestamp":"1501668289957"}`;
    const answer = await answerTo(post('/auth', ['Content-Type: application/json'], body));
    expect(answer).toEqual({ code: 20000, message: 'auth check error' });
  });
});

describe('what a device may get wrong', () => {
  const octets = 'Content-Type: application/octet-stream';
  const propertyPost =
    '{"id":"1","version":"1.0","params":{"temperature":1},"method":"thing.event.property.post"}';
  const topicOf = (suffix: string) =>
    `/topic/sys/${stack.demo.productKey}/${stack.demo.deviceName}/${suffix}`;
  const PROPERTY = 'thing/event/property/post';

  test.each([
    ['no token', () => post(topicOf(PROPERTY), [octets], propertyPost), 20002],
    [
      'garbage for a token',
      () => post(topicOf(PROPERTY), [octets, 'password: ++**'], propertyPost),
      20003,
    ],
  ])('%s', async (_name, bytes, code) => {
    expect(await answerTo(bytes())).toMatchObject({ code });
  });

  test.each([
    [
      'a query string',
      (token: string) =>
        post(`${topicOf(PROPERTY)}?a=1`, [octets, `password: ${token}`], propertyPost),
      10001,
    ],
    [
      'another content type',
      (token: string) =>
        post(
          topicOf(PROPERTY),
          ['Content-Type: application/json', `password: ${token}`],
          propertyPost,
        ),
      10001,
    ],
    [
      'no content type',
      (token: string) => post(topicOf(PROPERTY), [`password: ${token}`], propertyPost),
      10001,
    ],
    [
      'a topic of another device',
      (token: string) =>
        post(
          `/topic/sys/${stack.demo.productKey}/someone/${PROPERTY}`,
          [octets, `password: ${token}`],
          propertyPost,
        ),
      10001,
    ],
    [
      'a body that is not Alink JSON',
      (token: string) => post(topicOf(PROPERTY), [octets, `password: ${token}`], '{"id":'),
      10001,
    ],
    [
      'an empty body',
      (token: string) => post(topicOf(PROPERTY), [octets, `password: ${token}`], ''),
      10001,
    ],
    [
      '129 KB',
      (token: string) =>
        post(
          `/topic/${stack.demo.productKey}/${stack.demo.deviceName}/user/u`,
          [octets, `password: ${token}`],
          Buffer.alloc(129 * 1024),
        ),
      10001,
    ],
    [
      'a truncated token',
      (token: string) =>
        post(topicOf(PROPERTY), [octets, `password: ${token.slice(0, -4)}`], propertyPost),
      20003,
    ],
    [
      'an altered token',
      (token: string) =>
        post(topicOf(PROPERTY), [octets, `password: ${alter(token)}`], propertyPost),
      20003,
    ],
  ])('%s', async (_name, bytes, code) => {
    expect(await answerTo(bytes(await signIn()))).toMatchObject({ code });
  });

  test('exactly 128 KB passes', async () => {
    const token = await signIn();
    const { productKey, deviceName } = stack.demo;
    const bytes = post(
      `/topic/${productKey}/${deviceName}/user/u`,
      [octets, `password: ${token}`],
      Buffer.alloc(128 * 1024),
    );
    expect(await answerTo(bytes)).toMatchObject({ code: 0 });
  });

  test('GET is refused on device paths', async () => {
    const bytes = Buffer.from('GET /auth HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await answerTo(bytes)).toMatchObject({ code: 10001 });
  });
});

function alter(token: string): string {
  const last = token.at(-1) === 'A' ? 'B' : 'A';
  return token.slice(0, -1) + last;
}
