import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange, post } from '../support/device-socket.ts';
import { guidedForm } from '../support/guided-sign-in.ts';
import { emqxRequest } from '../support/mqtt-hooks.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.stop());

const FORM = 'Content-Type: application/x-www-form-urlencoded;charset=utf-8';

async function guide() {
  const fields = Object.entries(guidedForm({ ...stack.demo, iotId: '' }));
  const form = fields.map(([name, value]) => `${name}=${value}`).join('&');
  const { head, body } = await exchange(stack.port, post('/auth/devicename', [FORM], form));
  return { head, body, data: JSON.parse(body).data };
}

test('the answer of /auth/devicename is one that the C SDK can read', async () => {
  const { head, body } = await guide();
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(head).not.toMatch(/transfer-encoding/i);
  expect(Buffer.byteLength(body)).toBeLessThan(300);
  expect(body).toMatch(/^\{"code":200,"data":\{"iotId":"\w+","iotToken":"[\w-]+","resources":/);
});

describe('where it leads to', () => {
  const connect = async (password: string) => {
    const { data } = await guide();
    const { host, port } = data.resources.mqtt;
    return mqtt.connectAsync(`mqtt://${host}:${port}`, {
      clientId: 'guided|securemode=-1,lan=C|',
      username: data.iotId,
      password: password === '' ? data.iotToken : password,
      reconnectPeriod: 0,
    });
  };

  test('is the broker, which lets the device in with what it was given', async () => {
    const client = await connect('');
    const { productKey, deviceName } = stack.demo;
    const topic = `/sys/${productKey}/${deviceName}/thing/event/property/post`;
    const params = { temperature: 21.5 };
    await client.publishAsync(topic, JSON.stringify({ id: '1', params }), { qos: 1 });
    await client.endAsync();
  });

  test('is the broker, which lets in nobody with less', async () => {
    await expect(connect('guess')).rejects.toThrow('Bad username or password');
  });
});

test('brokers beside the stack are answered at /mqtt/auth and its paths', async () => {
  const { path, body } = emqxRequest('auth', { clientid: 'c', username: 'a&b', password: '' });
  const json = await exchange(stack.port, post(path, ['Content-Type: application/json'], body));
  expect(json.body).toBe('{"result":"deny","is_superuser":false}');
  const vhost = await exchange(stack.port, post('/mqtt/acl/vhost', [FORM], 'username=a&vhost=/'));
  expect(vhost.body).toBe('allow');
});
