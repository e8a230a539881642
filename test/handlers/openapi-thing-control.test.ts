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

let api: TestApi;
let device: ApiDevice;
let sys: string;

const number = (identifier: string, accessMode = 'rw') => ({
  identifier,
  name: identifier,
  accessMode,
  required: false,
  dataType: { type: 'int', specs: { min: '0', max: '100' } },
});

const service = (identifier: string, callType: 'sync' | 'async') => ({
  identifier,
  name: identifier,
  required: false,
  callType,
  method: `thing.service.${identifier}`,
  inputData: [number('delay')].map(({ accessMode: _, required: __, ...input }) => input),
  outputData: [],
});

async function importTsl({ ProductKey }: ApiDevice, params: Params = {}) {
  const TslStr = JSON.stringify({
    profile: { productKey: ProductKey },
    properties: [number('Level'), number('Quiet', 'w'), number('Temp', 'r')],
    events: [],
    services: [service('Reset', 'async'), service('Measure', 'sync')],
  });
  const { body } = await api.call('ImportThingModelTsl', { ProductKey, TslStr, ...params });
  expect(body).toMatchObject({ Success: true });
}

beforeEach(async () => {
  api = await openTestApi();
  device = await registerApiDevice(api);
  await importTsl(device);
  sys = `/sys/${device.ProductKey}/${device.DeviceName}`;
});

const sent = () =>
  api.downlink.published.map(({ topic, payload }) => ({
    topic,
    body: JSON.parse(Buffer.from(payload).toString()),
  }));

const call = async (action: string, params: Params) =>
  (await api.call(action, { ...device, ...params })).body;

const set = (items: object | string, params: Params = {}) => {
  const Items = typeof items === 'string' ? items : JSON.stringify(items);
  return call('SetDeviceProperty', { Items, ...params });
};

describe('SetDeviceProperty', () => {
  test('asks the connected device to set the properties, and answers with the id of the request', async () => {
    connect(api, device);
    const body = await set({ Level: 7, Quiet: 1 });
    const id = Object(body['Data']).MessageId;
    expect(id).toMatch(/^\d{1,10}$/);
    expect(Number(id)).toBeLessThan(2 ** 31);
    expect(body).toEqual({
      RequestId: expect.any(String),
      Success: true,
      Data: { MessageId: id },
    });
    expect(sent()).toEqual([
      {
        topic: `${sys}/thing/service/property/set`,
        body: {
          method: 'thing.service.property.set',
          id,
          params: { Level: 7, Quiet: 1 },
          version: '1.0.0',
        },
      },
    ]);
  });

  test('reaches a property of a module by its whole name', async () => {
    await importTsl(device, { FunctionBlockId: 'battery' });
    connect(api, device);
    expect(await set({ 'battery:Level': 80 })).toMatchObject({ Success: true });
    expect(sent()).toMatchObject([{ body: { params: { 'battery:Level': 80 } } }]);
    expect(await set({ 'other:Level': 80 })).toMatchObject({ Success: false });
  });

  test('is refused for a device that is away, and nothing is kept for it', async () => {
    expect(await set({ Level: 7 })).toMatchObject({
      Success: false,
      Code: 'iot.messagebroker.OFFLINE',
    });
    expect(sent()).toEqual([]);
  });

  test.each([
    ['not JSON', '{', 'not a JSON object'],
    ['a list', '[]', 'not a JSON object'],
    ['nothing', {}, 'no property'],
    ['a property that is not there', { Absent: 1 }, 'params not exist -> Absent'],
    ['a property called as a member of every object', { constructor: 1 }, 'not exist'],
    ['a property that is read-only', { Temp: 1 }, 'Temp is read-only'],
    ['a value of another type', { Level: '7' }, 'int specs error -> Level'],
    ['a value out of range', { Level: 101 }, 'int specs error -> Level'],
    ['one bad value among good ones', { Quiet: 1, Level: -1 }, 'int specs error -> Level'],
  ])('refuses %s', async (_, items, message) => {
    connect(api, device);
    const body = await set(items);
    expect(body).toMatchObject({ Success: false, Code: 'iot.system.IllegalRequest' });
    expect(body['ErrorMessage']).toContain(message);
    expect(sent()).toEqual([]);
  });

  test('takes anything for a product without validation', async () => {
    const open = await registerApiDevice(api, { ProductName: 'Open product', ValidateType: 2 });
    connect(api, open);
    expect(await set({ Any: { thing: 1 } }, { ...open })).toMatchObject({ Success: true });
  });

  test('is refused for a product with raw data, which has no script', async () => {
    const raw = await registerApiDevice(api, { ProductName: 'Raw product', DataFormat: 0 });
    connect(api, raw);
    const body = await set({ Level: 1 }, { ...raw });
    expect(body['ErrorMessage']).toContain('script relation not exist');
    expect(sent()).toEqual([]);
  });

  test.each([
    { changed: { Items: '' }, code: 'MissingParameter' },
    { changed: { DeviceName: 'absent' }, code: 'iot.device.NotExistedDevice' },
    { changed: { IotId: 'absent' }, code: 'iot.device.NotExistedDevice' },
  ])('refuses $changed: $code', async ({ changed, code }) => {
    expect((await set({ Level: 1 }, changed)).Code).toBe(code);
  });
});

describe('SetDevicesProperty', () => {
  beforeEach(async () => {
    for (const DeviceName of ['lamp_1', 'lamp_2']) {
      await api.call('RegisterDevice', { ...device, DeviceName });
    }
  });

  const setAll = (names: readonly string[], params: Params = {}) => {
    const numbered = names.map((name, at) => [`DeviceName.${at + 1}`, name]);
    const Items = '{"Level":7}';
    return call('SetDevicesProperty', { Items, ...Object.fromEntries(numbered), ...params });
  };

  test('reaches each connected device once, and the log names the others', async () => {
    connect(api, device);
    connect(api, { ...device, DeviceName: 'lamp_1' });
    const body = await setAll(['dev_001', 'lamp_1', 'lamp_2', 'lamp_1']);
    expect(body).toEqual({ RequestId: expect.any(String), Success: true });
    expect(sent().map(({ topic }) => topic)).toEqual(
      ['dev_001', 'lamp_1'].map(
        (name) => `/sys/${device.ProductKey}/${name}/thing/service/property/set`,
      ),
    );
    expect(api.logged).toContainEqual({
      message: 'request reaches nobody',
      fields: {
        productKey: device.ProductKey,
        method: 'thing.service.property.set',
        refused: { kind: 'device-offline', productKey: device.ProductKey, deviceName: 'lamp_2' },
      },
    });
  });

  test('reaches none unless all of them exist', async () => {
    connect(api, device);
    const body = await setAll(['dev_001', 'absent']);
    expect(body).toMatchObject({ Code: 'iot.device.NotExistedDevice' });
    expect(sent()).toEqual([]);
  });

  test('refuses a property that may not be set, no device and more than 100', async () => {
    connect(api, device);
    const readOnly = await setAll(['dev_001'], { Items: '{"Temp":1}' });
    expect(readOnly).toMatchObject({ Code: 'iot.system.IllegalRequest' });
    expect(await setAll([])).toMatchObject({ Code: 'iot.device.NoneDeviceNameElement' });
    const many = Array.from({ length: 101 }, (_, at) => `lamp_${at}`);
    expect(await setAll(many)).toMatchObject({ Code: 'iot.device.DeviceCountExceeded' });
    expect(sent()).toEqual([]);
  });
});

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
    await importTsl(device, { FunctionBlockId: 'battery' });
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
