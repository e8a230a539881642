import { createHandler } from '../../functions/guided-sign-in/handler.ts';
import type { Handler, Reply, Request } from '../../shared/model/http.ts';
import { authRequest, type Form, signForm } from './device-http.ts';
import { createMemoryParts, type MemoryParts } from './memory-parts.ts';
import { registerTestDevice, type TestDevice } from './test-device.ts';

export type TestGuide = {
  parts: MemoryParts;
  device: TestDevice;
  handler: Handler;
  signIn(form?: Form): Promise<Reply>;
};

export const MQTT_ADDRESS = {
  host: 'a1TestProd01.iot-as-mqtt.cn-shanghai.example.com',
  port: 1883,
};

/** `POST /auth/devicename` over memory, with one device that has not signed in yet. */
export async function openGuidedSignIn(): Promise<TestGuide> {
  const parts = createMemoryParts();
  const device = await registerTestDevice(parts);
  const handler = createHandler({ ...parts, mqttAddress: MQTT_ADDRESS });
  const signIn = (form: Form = guidedForm(device)) => handler(guidedRequest(form));
  return { parts, device, handler, signIn };
}

/** What the guider of the C SDK submits; `changes` are signed as well, `resources` and `version` by nobody. */
export function guidedForm(device: TestDevice, changes: Form = {}): Form {
  const { productKey, deviceName, deviceSecret } = device;
  const signed = {
    productKey,
    deviceName,
    clientId: `${productKey}.${deviceName}`,
    timestamp: '2524608000000',
    signmethod: 'hmacsha256',
    ...changes,
  };
  return { ...signForm(signed, deviceSecret), version: 'default', resources: 'mqtt' };
}

export function guidedRequest(form: Form | string, changes: Partial<Request> = {}): Request {
  const sent = typeof form === 'string' ? [] : Object.entries(form);
  const pairs = sent.map(([name, value]): [string, string] => [name, String(value)]);
  const body = typeof form === 'string' ? form : new URLSearchParams(pairs).toString();
  return authRequest(body, {
    path: '/auth/devicename',
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' },
    ...changes,
  });
}
