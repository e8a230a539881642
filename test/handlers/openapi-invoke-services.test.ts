import { beforeEach, describe, expect, test } from 'vitest';
import type { DownlinkMessage } from '../../shared/ports/downlink.ts';
import {
  type ApiDevice,
  answerWith,
  connect,
  expireAnswersAtOnce,
  registerApiDevice,
} from '../support/api-device.ts';
import { openTestApi, type Params, type TestApi } from '../support/openapi.ts';
import { importControls, requestsSent } from '../support/thing-controls.ts';

let api: TestApi;
let device: ApiDevice;
let sys: string;

beforeEach(async () => {
  api = await openTestApi();
  device = await registerApiDevice(api);
  await importControls(api, device);
  sys = `/sys/${device.ProductKey}/${device.DeviceName}`;
});

const sent = () => requestsSent(api);

const call = async (action: string, params: Params) =>
  (await api.call(action, { ...device, ...params })).body;

const invoke = (Identifier: string, Args = '{}', params: Params = {}) =>
  call('InvokeThingService', { Identifier, Args, ...params });

describe('InvokeThingService of an asynchronous service', () => {
  test('asks the connected device and does not wait', async () => {
    connect(api, device);
    const body = await invoke('Reset', '{"delay":5}');
    const { MessageId, Result } = Object(body['Data']);
    expect(Result).toBe('');
    expect(sent()).toEqual([
      {
        topic: `${sys}/thing/service/Reset`,
        body: {
          method: 'thing.service.Reset',
          id: MessageId,
          params: { delay: 5 },
          version: '1.0.0',
        },
      },
    ]);
  });

  test('reaches the service of a module by its whole name', async () => {
    await importControls(api, device, { FunctionBlockId: 'battery' });
    connect(api, device);
    expect(await invoke('battery:Reset')).toMatchObject({ Success: true });
    expect(sent()).toMatchObject([
      {
        topic: `${sys}/thing/service/battery:Reset`,
        body: { method: 'thing.service.battery:Reset' },
      },
    ]);
  });

  test('is refused for a device that is away', async () => {
    expect(await invoke('Reset')).toMatchObject({ Code: 'iot.messagebroker.OFFLINE' });
    expect(sent()).toEqual([]);
  });

  test.each([
    ['a service that is not there', 'Absent', '{}', 'method not exist -> Absent'],
    ['an argument that is not there', 'Reset', '{"x":1}', 'params not exist -> x'],
    ['an argument of another type', 'Reset', '{"delay":"5"}', 'int specs error -> delay'],
    ['arguments that are no object', 'Reset', '[5]', 'not a JSON object'],
  ])('refuses %s', async (_, identifier, args, message) => {
    connect(api, device);
    const body = await invoke(identifier, args);
    expect(body).toMatchObject({ Success: false, Code: 'iot.system.IllegalRequest' });
    expect(body['ErrorMessage']).toContain(message);
    expect(sent()).toEqual([]);
  });
});

describe('InvokeThingService of a synchronous service', () => {
  const answering = (answer: (id: string) => string) =>
    answerWith(api, ({ topic, payload }: DownlinkMessage) => ({
      topic: topic.replace('/request/', '/response/'),
      payload: answer(JSON.parse(Buffer.from(payload).toString()).id),
    }));

  test('answers with what the device says, asked over RRPC', async () => {
    connect(api, device);
    answering((id) => JSON.stringify({ id, code: 200, data: { level: 3 } }));
    const body = await invoke('Measure', '{"delay":1}');
    const { MessageId, Result } = Object(body['Data']);
    expect(Result).toBe('{"level":3}');
    expect(sent()).toEqual([
      {
        topic: expect.stringMatching(new RegExp(`^${sys}/rrpc/request/\\d{18}$`)),
        body: {
          method: 'thing.service.Measure',
          id: MessageId,
          params: { delay: 1 },
          version: '1.0.0',
        },
      },
    ]);
  });

  test.each([
    ['without data', '{"id":"1","code":200}'],
    ['with its code as text', '{"id":"1","code":"200","data":{}}'],
  ])('takes an answer %s', async (_, answer) => {
    connect(api, device);
    answering(() => answer);
    expect(await invoke('Measure')).toMatchObject({ Data: { Result: '{}' } });
  });

  test('passes on what a device refuses', async () => {
    connect(api, device);
    answering(() => '{"id":"1","code":100001,"message":"too hot","data":{}}');
    expect(await invoke('Measure')).toMatchObject({
      Success: false,
      Code: 'iot.system.IllegalRequest',
      ErrorMessage: 'The device says 100001: too hot',
    });
  });

  test.each(['no JSON', '[]', ''])('refuses an answer that is no Alink: %s', async (answer) => {
    connect(api, device);
    answering(() => answer);
    const body = await invoke('Measure');
    expect(body['ErrorMessage']).toContain('device data format is error');
  });

  test('refuses an answer that nests too deep to be written out again', async () => {
    connect(api, device);
    const depth = 100_000;
    answering(() => `{"code":200,"data":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    const body = await invoke('Measure');
    expect(body['ErrorMessage']).toContain('device data format is error');
  });

  test('waits 8 s, then says whether the device lives', async () => {
    connect(api, device);
    const waits = expireAnswersAtOnce(api);
    expect(await invoke('Measure')).toMatchObject({ Code: 'iot.messagebroker.TIMEOUT' });
    expect(waits).toEqual([8000]);
    api.registry.downlink = { ...api.downlink, liveness: async () => 'half-open' };
    expect(await invoke('Measure')).toMatchObject({ Code: 'iot.messagebroker.HALFCONN' });
  });

  test('is refused for a device that is away', async () => {
    expect(await invoke('Measure')).toMatchObject({ Code: 'iot.messagebroker.OFFLINE' });
    expect(sent()).toEqual([]);
  });
});

test('InvokeThingsService asks every connected device without waiting, whatever the service', async () => {
  await api.call('RegisterDevice', { ...device, DeviceName: 'lamp_1' });
  connect(api, device);
  const names = { 'DeviceName.1': 'dev_001', 'DeviceName.2': 'lamp_1' };
  const params = { ProductKey: device.ProductKey, ...names, Identifier: 'Measure', Args: '{}' };
  const { body } = await api.call('InvokeThingsService', params);
  expect(body).toEqual({ RequestId: expect.any(String), Success: true });
  expect(sent()).toMatchObject([
    { topic: `${sys}/thing/service/Measure`, body: { method: 'thing.service.Measure' } },
  ]);
  const unknown = await api.call('InvokeThingsService', { ...params, Identifier: 'Absent' });
  expect(unknown.body).toMatchObject({ Code: 'iot.system.IllegalRequest' });
});
