import { beforeEach, describe, expect, test } from 'vitest';
import { type ApiDevice, connect, registerApiDevice } from '../support/api-device.ts';
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
    await importControls(api, device, { FunctionBlockId: 'battery' });
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
