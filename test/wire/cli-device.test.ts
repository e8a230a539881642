import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { type SimulatorProcess, startSimulator } from '../support/simulated-device.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

let stack: TestStack;
let demo: string[];

beforeAll(async () => {
  stack = await startTestStack({ MOORING_CONNECTS_PER_MINUTE: '1000' });
  const { productKey, deviceName } = stack.demo;
  demo = ['--ProductKey', productKey, '--DeviceName', deviceName];
});

afterAll(() => stack.stop());

const mooring = (...args: string[]) => runCli(args, { env: { MOORING_DATA_DIR: stack.dataDir } });

const connect = (...args: string[]) => mooring('device', 'connect', ...args);

async function call(...args: string[]) {
  const { code, out, err } = await mooring(...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

async function startDemo(...args: string[]): Promise<SimulatorProcess> {
  const device = startSimulator(args, stack.dataDir);
  await device.line(({ event }) => event === 'subscribed');
  return device;
}

const receivedOn = (end: string) => (line: { event: string; topic?: string }) =>
  line.event === 'received' && line.topic?.endsWith(end) === true;

test('posts properties, events and text as the demo device, and shows that they were taken', async () => {
  const { code, out, err } = await connect(
    ...['--post', '{"temperature":21}', '--event', 'Overheat={"level":1}'],
    ...['--publish', 'user/update=a = b', '--for', '0'],
  );
  const { productKey, deviceName, deviceSecret } = stack.demo;
  const own = `${productKey}/${deviceName}`;
  expect(code).toBe(0);
  expect(err).toContain(`connected    ${own} to ${stack.endpoints['mqtt']}\n`);
  const sys = `/sys/${own}/thing/event`;
  expect(out).toContain(
    `sent         ${sys}/property/post {"id":"2","version":"1.0","params":{"temperature":21},"method":"thing.event.property.post"}\n`,
  );
  expect(out).toContain(`sent         /${own}/user/update a = b\n`);
  expect(out).toContain(`acknowledged ${sys}/Overheat/post\n`);
  expect(out + err).not.toContain(deviceSecret);
  const status = async () => (await call('GetDeviceStatus', ...demo)).Data.Status;
  await expect.poll(status).toBe('OFFLINE');
});

test('what the server refuses is told, and ends with 1', async () => {
  const { productKey } = stack.demo;
  const other = `/${productKey}/another-device/user/update`;
  const foreign = await connect('--publish', `${other}=x`, '--for', '0');
  expect(foreign.err).toContain(`failed       ${other}: not acknowledged; the log of the server`);
  const empty = await connect('--post', '{}', '--for', '0');
  expect(empty.err).toMatch(/failed {7}\/sys\/.*\/thing\/event\/property\/post: 460 /);
  const nosy = await connect('--subscribe', other, '--for', '0');
  expect(nosy.err).toContain(`failed       subscription to ${other}\n`);
  expect([foreign.code, empty.code, nosy.code]).toEqual([1, 1, 1]);
}, 20_000);

test('answers sets, services and RRPC, posts what was set, and ends with Ctrl-C', async () => {
  const device = await startDemo('--answer', 'Reset={"done":1}', '--answer', 'rrpc=pong');
  await call('SetDeviceProperty', ...demo, '--Items', '{"LightSwitch":1}');
  const reply = await device.line(receivedOn('/thing/event/property/post_reply'));
  expect(JSON.parse(reply.payload ?? '')).toMatchObject({ code: 200 });
  const posted = device.lines.find((line) => line.topic?.endsWith('/property/post'));
  expect(JSON.parse(posted?.payload ?? '')).toMatchObject({ params: { LightSwitch: 1 } });

  await call('InvokeThingService', ...demo, '--Identifier', 'Reset', '--Args', '{"delay":1}');
  const sent = (line: { event: string; topic?: string }) =>
    line.event === 'sent' && line.topic?.endsWith('/Reset_reply') === true;
  const answer = await device.line(sent);
  expect(JSON.parse(answer.payload ?? '')).toMatchObject({ code: 200, data: { done: 1 } });

  const asked = ['--RequestBase64Byte', 'aGVsbG8=', '--Timeout', '5000'];
  const pong = Buffer.from('pong').toString('base64');
  expect(await call('RRpc', ...demo, ...asked)).toMatchObject({
    RrpcCode: 'SUCCESS',
    PayloadBase64Byte: pong,
  });
  const custom = await call('RRpc', ...demo, ...asked, '--Topic', '/charging/cmd');
  expect(custom).toMatchObject({ RrpcCode: 'SUCCESS', PayloadBase64Byte: pong });
  expect(await device.interrupt()).toEqual({ code: 0, err: '' });
});

test('shows what a server sends: a custom topic, a broadcast', async () => {
  const device = await startDemo();
  const { productKey, deviceName } = stack.demo;
  const topic = `/${productKey}/${deviceName}/user/get`;
  const content = ['--MessageContent', Buffer.from('查询').toString('base64')];
  await call('Pub', '--ProductKey', productKey, '--TopicFullName', topic, ...content);
  expect(await device.line(receivedOn('/user/get'))).toMatchObject({ topic, payload: '查询' });
  const all = `/broadcast/${productKey}/news`;
  await call('PubBroadcast', '--ProductKey', productKey, '--TopicFullName', all, ...content);
  expect(await device.line(receivedOn('/news'))).toMatchObject({ topic: all, payload: '查询' });
});

test('what is sent with QoS 1 while a device that keeps its session is away waits for it', async () => {
  const { productKey, deviceName } = stack.demo;
  await connect('--keep-session', '--for', '0');
  const topic = `/${productKey}/${deviceName}/user/later`;
  const content = ['--MessageContent', Buffer.from('waited').toString('base64')];
  await call('Pub', '--ProductKey', productKey, '--TopicFullName', topic, '--Qos', '1', ...content);
  const device = startSimulator(['--keep-session'], stack.dataDir);
  expect(await device.line(receivedOn('/user/later'))).toMatchObject({ payload: 'waited' });
});

test('reports to its shadow under the version that follows, and shows it', async () => {
  const first = await connect('--shadow', '{"color":"red"}', '--for', '0');
  expect(first.out).toContain('"state":{"reported":{"color":"red"}},"version":1}');
  const second = await connect('--ws', '--shadow', '{"color":"blue"}', '--for', '0');
  expect(second.out).toContain('"state":{"reported":{"color":"blue"}},"version":2}');
  const shown = await connect('--get-shadow', '--for', '0');
  expect(shown.out).toMatch(/received .*"reported":\{"color":"blue"\}/);
  expect(shown.out).not.toContain('"method":"update"');
});
