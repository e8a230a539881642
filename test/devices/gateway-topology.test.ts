import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Message } from '../../shared/model/message.ts';
import { type DeviceStack, type Identity, startDeviceStack } from '../support/device-stack.ts';
import { jsonBodyOf } from '../support/drain-bus.ts';
import { connectLinkSdk } from '../support/link-sdk.ts';
import { connectSigned, nextMessage } from '../support/signed-client.ts';
import { type WatchedBus, watchBus } from '../support/watched-bus.ts';

let stack: DeviceStack;
let bus: WatchedBus;
let gateways: string;

beforeAll(async () => {
  stack = await startDeviceStack();
  bus = watchBus(stack.dataDir);
  const { ProductKey } = await stack.call('CreateProduct', {
    ProductName: 'test gateways',
    NodeType: 1,
  });
  gateways = String(ProductKey);
});

afterAll(async () => {
  await bus.stop();
  await stack.stop();
});

const SDK = { packageName: 'alibabacloud-iot-device-sdk', kind: 'gateway' } as const;

const namesOf = ({ productKey, deviceName }: Identity) => ({ productKey, deviceName });
const named = ({ productKey, deviceName }: Identity) => ({
  ProductKey: productKey,
  DeviceName: deviceName,
});

/** The body of the first message of this kind about the device, with what `fits` asks for. */
async function told(
  kind: Message['kind'],
  { deviceName }: Identity,
  fits: (body: { action?: string }) => boolean = () => true,
) {
  const message = await bus.find(
    (one) => one.kind === kind && one.deviceName === deviceName && fits(Object(jsonBodyOf(one))),
  );
  return jsonBodyOf(message);
}

describe('a gateway on alibabacloud-iot-device-sdk, as it is', () => {
  test('adds sub-devices, lists them and gives them up, and servers hear of it', async () => {
    const identity = await stack.newDevice('gateway-1', gateways);
    const lamp = await stack.newDevice('lamp-0001');
    const gateway = await connectLinkSdk(stack, identity, SDK);
    expect(await gateway.ask('addTopo', [lamp])).toMatchObject({ code: 200 });
    expect(await gateway.ask('getTopo')).toMatchObject({ code: 200, data: [namesOf(lamp)] });
    const head = { gwProductKey: gateways, gwDeviceName: 'gateway-1' };
    expect(await told('topology', identity)).toMatchObject({
      action: 'create',
      ...head,
      devices: [namesOf(lamp)],
    });
    expect(await stack.call('GetGatewayBySubDevice', named(lamp))).toMatchObject({
      Data: { DeviceName: 'gateway-1', NodeType: '1', Status: 'online' },
    });
    const page = { ...named(identity), PageNo: 1, PageSize: 10 };
    expect(await stack.call('GetThingTopo', page)).toMatchObject({
      Data: { Total: 1, List: { deviceInfo: [named(lamp)] } },
    });
    expect(await gateway.ask('removeTopo', [namesOf(lamp)])).toMatchObject({ code: 200 });
    expect(await gateway.ask('getTopo')).toMatchObject({ code: 200, data: [] });
    expect(await told('topology', identity, ({ action }) => action === 'delete')).toMatchObject({
      ...head,
      devices: [namesOf(lamp)],
    });
  });

  test('is refused with 401 where it does not have the secret of a sub-device', async () => {
    const identity = await stack.newDevice('gateway-2', gateways);
    const lamp = await stack.newDevice('lamp-0002');
    const gateway = await connectLinkSdk(stack, identity, SDK);
    const wrong = { ...lamp, deviceSecret: 'wrong' };
    expect(await gateway.ask('addTopo', [wrong])).toMatchObject({ code: 401 });
  });

  test('is refused with 6401 where its product has no gateways', async () => {
    const identity = await stack.newDevice('no-gateway');
    const lamp = await stack.newDevice('lamp-0003');
    const gateway = await connectLinkSdk(stack, identity, SDK);
    expect(await gateway.ask('addTopo', [lamp])).toMatchObject({ code: 6401 });
  });
});

describe('a gateway on any MQTT client', () => {
  test('tells of devices that it has found, and is asked to add one', async () => {
    const identity = await stack.newDevice('gateway-3', gateways);
    const lamp = await stack.newDevice('lamp-0004');
    const client = await connectSigned(stack, identity);
    const sys = `/sys/${gateways}/gateway-3/thing`;
    await client.subscribeAsync([`${sys}/topo/add/notify`, `${sys}/topo/change`], { qos: 1 });
    const found = { id: '1', version: '1.0', params: [namesOf(lamp)] };
    await client.publishAsync(`${sys}/list/found`, JSON.stringify(found), { qos: 1 });
    expect(await told('found', identity)).toMatchObject({
      gwDeviceName: 'gateway-3',
      devices: [{ iotId: expect.stringMatching(/^\w{32}$/), ...namesOf(lamp) }],
    });
    const asked = nextMessage(client);
    const { Data } = await stack.call('NotifyAddThingTopo', {
      GwProductKey: gateways,
      GwDeviceName: 'gateway-3',
      DeviceListStr: JSON.stringify([namesOf(lamp)]),
    });
    const { topic, text } = await asked;
    expect(topic).toBe(`${sys}/topo/add/notify`);
    const { id, params } = JSON.parse(text);
    expect(params).toEqual([namesOf(lamp)]);
    expect(Data).toEqual({ MessageId: id });
    const answer = JSON.stringify({ id, code: 200, data: {} });
    await client.publishAsync(`${topic}_reply`, answer, { qos: 1 });
    expect(await told('reply', identity)).toMatchObject({ requestId: id, code: 200, topic });
  });
});

describe('the firmware of a device', () => {
  test('is told of as it reports it, with the end of an upgrade', async () => {
    const identity = await stack.newDevice('upgraded');
    const client = await connectSigned(stack, identity);
    const { productKey } = identity;
    const say = (action: string, params: object) =>
      client.publishAsync(
        `/ota/device/${action}/${productKey}/upgraded`,
        JSON.stringify({ id: '1', params }),
        { qos: 1 },
      );
    await say('inform', { version: '1.0.3' });
    await say('progress', { step: '50', desc: 'writing' });
    await say('inform', { version: '1.0.4' });
    expect(await told('ota_result', identity)).toMatchObject({
      status: 'SUCCEEDED',
      srcVersion: '1.0.3',
      destVersion: '1.0.4',
    });
    expect(await stack.call('QueryDeviceDetail', named(identity))).toMatchObject({
      Data: { FirmwareVersion: '1.0.4' },
    });
  });
});

test('servers hear of devices that come and go in the order of their lives', async () => {
  const identity = await stack.newDevice('short-lived');
  for (const action of ['DisableThing', 'EnableThing', 'DeleteDevice']) {
    await stack.call(action, named(identity));
  }
  for (const action of ['create', 'disable', 'enable', 'delete']) {
    const body = await told('lifecycle', identity, (one) => one.action === action);
    expect(body).toMatchObject({ action, ...namesOf(identity) });
    expect(JSON.stringify(body)).not.toContain(identity.deviceSecret);
  }
});
