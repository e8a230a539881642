import { beforeEach, describe, expect, test } from 'vitest';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { noteTold, relate } from '../../shared/core/topology/relations.ts';
import type { MessageBus } from '../../shared/ports/message-bus.ts';
import { drainBus, jsonBodyOf } from '../support/drain-bus.ts';
import { NOW_MS, openTestApi, type Params, type TestApi } from '../support/openapi.ts';
import { accepted, registerTestDevice, type TestDevice } from '../support/test-device.ts';

let api: TestApi;
let gateway: TestDevice;
let lamps: TestDevice[];

beforeEach(async () => {
  api = await openTestApi();
  gateway = await registerTestDevice(api.registry, {
    deviceName: 'gateway-1',
    product: { nodeType: 1 },
  });
  const first = await registerTestDevice(api.registry, { deviceName: 'lamp-0001' });
  const { productKey } = first;
  const second = await registerTestDevice(api.registry, { productKey, deviceName: 'lamp-0002' });
  lamps = [first, second];
  for (const lamp of lamps) {
    await relate(gateway.iotId, lamp, api.registry);
    await noteTold(gateway.iotId, lamp.iotId, api.registry.store);
  }
});

const call = async (action: string, params: Params = {}) => (await api.call(action, params)).body;
const named = ({ productKey, deviceName }: TestDevice) => ({
  ProductKey: productKey,
  DeviceName: deviceName,
});
const lamp = (at: number) => lamps[at] ?? gateway;
const page = (params: Params = {}) =>
  call('GetThingTopo', { ...named(gateway), PageNo: 1, PageSize: 10, ...params });
const subDevices = async () => {
  const { List } = Object((await page())['Data']);
  return List.deviceInfo.map(({ DeviceName }: { DeviceName: string }) => DeviceName).sort();
};
const shown = ({ productKey, deviceName, iotId }: TestDevice) => ({
  DeviceName: deviceName,
  IotId: iotId,
  ProductKey: productKey,
});
const published = () => drainBus(api.registry.bus as MessageBus);
const body = (action: string, ...devices: TestDevice[]) => ({
  action,
  gwIotId: gateway.iotId,
  gwProductKey: gateway.productKey,
  gwDeviceName: gateway.deviceName,
  devices: devices.map(({ iotId, productKey, deviceName }) => ({ iotId, productKey, deviceName })),
  messageCreateTime: NOW_MS,
});
const bodies = async (kind: string) =>
  (await published()).filter((one) => one.kind === kind).map(jsonBodyOf);

describe('GetThingTopo', () => {
  test('shows the sub-devices of a gateway, a page at a time', async () => {
    const byIotId = [...lamps].sort((a, b) => (a.iotId < b.iotId ? -1 : 1));
    const { Data } = await page({ PageNo: 2, PageSize: 1 });
    expect(Data).toEqual({
      CurrentPage: 2,
      List: { deviceInfo: byIotId.slice(1).map(shown) },
      PageCount: 2,
      PageSize: 1,
      Total: 2,
    });
  });

  test('shows none of a device that is no gateway', async () => {
    expect(await page(named(lamp(0)))).toMatchObject({
      Data: { List: { deviceInfo: [] }, PageCount: 0, Total: 0 },
    });
  });

  test.each([
    [{ PageSize: 51 }, 'iot.common.InvalidPageParams'],
    [{ PageNo: 0 }, 'iot.common.InvalidPageParams'],
    [{ PageNo: '' }, 'MissingParameter'],
    [{ DeviceName: 'gateway-404' }, 'iot.device.NotExistedDevice'],
  ])('refuses %j', async (changed, code) => {
    expect(await page(changed)).toMatchObject({ Code: code });
  });
});

describe('GetGatewayBySubDevice', () => {
  test('shows the gateway, in its own spelling', async () => {
    const { Data } = await call('GetGatewayBySubDevice', named(lamp(0)));
    expect(Data).toEqual({
      DeviceName: 'gateway-1',
      DeviceSecret: gateway.deviceSecret,
      FirmwareVersion: '',
      GmtActive: '',
      GmtCreate: '2026-01-02 11:04:05',
      GmtOnline: '',
      IpAddress: '',
      NodeType: '1',
      ProductKey: gateway.productKey,
      ProductName: 'Thermometer',
      Status: 'unactive',
      UtcActive: '',
      UtcCreate: '2026-01-02T03:04:05.000Z',
      UtcOnline: '',
      iotId: gateway.iotId,
      region: 'cn-shanghai',
    });
  });

  test('refuses a device that has none', async () => {
    expect(await call('GetGatewayBySubDevice', { IotId: gateway.iotId })).toMatchObject({
      Success: false,
      Code: 'iot.device.QueryTopoRelationFailed',
    });
  });
});

describe('RemoveThingTopo', () => {
  test('takes a sub-device from its gateway, and tells it and the bus', async () => {
    api.downlink.connected.add(`${gateway.productKey}/${gateway.deviceName}`);
    expect(await call('RemoveThingTopo', named(lamp(0)))).toMatchObject({ Data: true });
    expect(await subDevices()).toEqual(['lamp-0002']);
    expect(await published()).toMatchObject([
      { kind: 'topology', transport: 'api', iotId: gateway.iotId },
    ]);
    const [told, ...more] = api.downlink.published;
    expect(more).toEqual([]);
    expect(told?.topic).toBe(`/sys/${gateway.productKey}/gateway-1/thing/topo/change`);
    expect(JSON.parse(Buffer.from(told?.payload ?? '').toString())).toEqual({
      method: 'thing.topo.change',
      id: expect.stringMatching(/^\d+$/),
      params: {
        status: 1,
        subList: [{ productKey: lamp(0).productKey, deviceName: 'lamp-0001' }],
      },
      version: '1.0.0',
    });
  });

  test('takes all from a gateway', async () => {
    expect(await call('RemoveThingTopo', { IotId: gateway.iotId })).toMatchObject({ Data: true });
    expect(await subDevices()).toEqual([]);
    const [ended] = await bodies('topology');
    expect(ended).toEqual({ ...body('delete'), devices: expect.any(Array) });
    expect(Object(ended).devices).toHaveLength(2);
  });

  test('says false where there was nothing to take, and tells nobody', async () => {
    await call('RemoveThingTopo', named(lamp(0)));
    await published();
    expect(await call('RemoveThingTopo', named(lamp(0)))).toMatchObject({
      Success: true,
      Data: false,
    });
    expect(await published()).toEqual([]);
  });
});

describe('DeleteDevice', () => {
  test('of a sub-device ends its relation, of which the bus hears', async () => {
    await call('DeleteDevice', named(lamp(0)));
    expect(await subDevices()).toEqual(['lamp-0002']);
    expect((await published()).map(({ kind }) => kind)).toEqual(['lifecycle', 'topology']);
  });

  test('of a gateway ends all of its', async () => {
    await call('DeleteDevice', named(gateway));
    expect(await call('GetGatewayBySubDevice', named(lamp(1)))).toMatchObject({
      Code: 'iot.device.QueryTopoRelationFailed',
    });
    const [ended] = await bodies('topology');
    expect(Object(ended)).toMatchObject({ action: 'delete', gwIotId: gateway.iotId });
  });

  test('of a device without any tells of none', async () => {
    const { productKey } = lamp(0);
    const alone = await registerTestDevice(api.registry, { productKey, deviceName: 'alone' });
    await call('DeleteDevice', named(alone));
    expect((await published()).map(({ kind }) => kind)).toEqual(['lifecycle']);
  });
});

describe('NotifyAddThingTopo', () => {
  const notify = (list: unknown, params: Params = {}) =>
    call('NotifyAddThingTopo', {
      GwProductKey: gateway.productKey,
      GwDeviceName: gateway.deviceName,
      DeviceListStr: typeof list === 'string' ? list : JSON.stringify(list),
      ...params,
    });

  test('asks the gateway to add devices, by name or iotId', async () => {
    api.downlink.connected.add(`${gateway.productKey}/${gateway.deviceName}`);
    const { productKey } = lamp(0);
    const list = [{ productKey, deviceName: 'lamp-0001' }, { IotId: lamp(1).iotId }];
    const { Data } = await notify(list);
    const [sent] = api.downlink.published;
    expect(sent?.topic).toBe(`/sys/${gateway.productKey}/gateway-1/thing/topo/add/notify`);
    expect(JSON.parse(Buffer.from(sent?.payload ?? '').toString())).toEqual({
      method: 'thing.topo.add.notify',
      id: Object(Data).MessageId,
      params: [
        { productKey, deviceName: 'lamp-0001' },
        { productKey, deviceName: 'lamp-0002' },
      ],
      version: '1.0.0',
    });
  });

  const one = () => [{ IotId: lamp(0).iotId }];
  const refused: [string, () => unknown, Params, string][] = [
    ['a gateway that is away', one, {}, 'iot.messagebroker.OFFLINE'],
    ['an unknown gateway', one, { GwDeviceName: 'nobody' }, 'iot.device.NotExistedDevice'],
    ['no gateway', one, { GwDeviceName: '' }, 'iot.device.NullDeviceName'],
    ['an unknown device', () => [{ IotId: 'nobody' }], {}, 'iot.device.NotExistedDevice'],
    ['no device', () => [{ productKey: 'a1' }], {}, 'iot.system.IllegalRequest'],
    ['an empty list', () => [], {}, 'iot.system.IllegalRequest'],
    ['no list', () => '{', {}, 'iot.system.IllegalRequest'],
    ['nothing', () => '', {}, 'MissingParameter'],
  ];
  test.each(refused)('refuses %s', async (_, list, params, code) => {
    expect(await notify(list(), params)).toMatchObject({ Code: code });
    expect(api.downlink.published).toEqual([]);
  });

  test('refuses a disabled gateway', async () => {
    await call('DisableThing', named(gateway));
    expect(await notify(one())).toMatchObject({ Code: 'iot.device.InactiveDevice' });
  });
});

test('QueryDeviceDetail shows the firmware that the device has reported', async () => {
  const { iotId } = accepted(await findDevice(gateway, api.registry.store));
  const modules = [
    { moduleName: 'mcu', version: '7', informedAtMs: NOW_MS },
    { moduleName: 'default', version: '1.0.4', informedAtMs: NOW_MS },
  ];
  await api.registry.store.table('firmware').insert({ partition: iotId }, { modules });
  expect(await call('QueryDeviceDetail', named(gateway))).toMatchObject({
    Data: { FirmwareVersion: '1.0.4' },
  });
});
