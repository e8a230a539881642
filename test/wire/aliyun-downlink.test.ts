import { afterEach, expect, test } from 'vitest';
import { openAliyunDownlink } from '../../shared/adapters/aliyun/aliyun-downlink.ts';
import { captureLog } from '../support/captured-log.ts';
import {
  answerOf,
  type Script,
  type ScriptedApi,
  startScriptedApi,
} from '../support/scripted-api.ts';

const running: ScriptedApi[] = [];

afterEach(async () => {
  for (const api of running.splice(0)) await api.stop();
});

async function open(script: Script) {
  const api = await startScriptedApi(script);
  running.push(api);
  const downlink = openAliyunDownlink({
    aliyun: { endpoint: api.endpoint, instanceId: 'iot-1' },
    credentials: () => ({ accessKeyId: 'AKID-1', accessKeySecret: 'SECRET-1' }),
    log: captureLog(),
    nowMs: () => performance.now(),
  });
  return { downlink, formOf: (index: number) => Object.fromEntries(api.forms[index] ?? []) };
}

const DONE = answerOf({ Success: true, MessageId: '1' });
const MESSAGE = {
  productKey: 'a1Pk',
  deviceName: 'dn_1',
  topic: '/a1Pk/dn_1/user/get',
  payload: Buffer.from([0, 255]),
};

test('a message is a Pub of its bytes with its QoS', async () => {
  const { downlink, formOf } = await open(() => DONE);
  expect(await downlink.publish({ ...MESSAGE, qos: 1 })).toBe('sent');
  expect(formOf(0)).toMatchObject({
    Action: 'Pub',
    IotInstanceId: 'iot-1',
    ProductKey: 'a1Pk',
    TopicFullName: '/a1Pk/dn_1/user/get',
    MessageContent: 'AP8=',
    Qos: '1',
  });
});

test('a transient one goes with QoS 0, since an account keeps the others', async () => {
  const { downlink, formOf } = await open(() => DONE);
  await downlink.publish({ ...MESSAGE, qos: 1, isTransient: true });
  expect(formOf(0)).toMatchObject({ Qos: '0' });
});

test('a broadcast is a PubBroadcast', async () => {
  const { downlink, formOf } = await open(() => DONE);
  const topic = '/broadcast/a1Pk/all';
  await downlink.broadcast({ productKey: 'a1Pk', topic, payload: Buffer.from('x') });
  expect(formOf(0)).toMatchObject({
    Action: 'PubBroadcast',
    ProductKey: 'a1Pk',
    TopicFullName: topic,
    MessageContent: 'eA==',
  });
});

test('what the account refuses rejects with its code', async () => {
  const refused = { Code: 'iot.messagebroker.InvalidFormattedTopicName', Message: 'no' };
  const { downlink } = await open(() => answerOf(refused, 400));
  await expect(downlink.publish({ ...MESSAGE, qos: 0 })).rejects.toThrow(
    /Pub to \/a1Pk\/dn_1\/user\/get: iot\.messagebroker\.InvalidFormattedTopicName/,
  );
});

test('a message whose answer is lost is not sent a second time', async () => {
  let calls = 0;
  const { downlink } = await open(() => {
    calls += 1;
    return 'hang-up';
  });
  await expect(downlink.publish({ ...MESSAGE, qos: 1 })).rejects.toThrow();
  expect(calls).toBe(1);
});
