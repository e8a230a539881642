import { beforeEach, describe, expect, test } from 'vitest';
import { deleteDevice, disableDevice } from '../../../../../shared/core/devices/change-device.ts';
import { gatewayIotIdOf, relate } from '../../../../../shared/core/topology/relations.ts';
import { drainBus, jsonBodyOf } from '../../../../support/drain-bus.ts';
import {
  namesOf,
  openGateway,
  signedSubDevice,
  type TestGateway,
} from '../../../../support/gateway.ts';
import { START_MS } from '../../../../support/test-clock.ts';
import type { TestDevice } from '../../../../support/test-device.ts';

const ADD = 'thing/topo/add';
const DELETE = 'thing/topo/delete';
const GET = 'thing/topo/get';

let gateway: TestGateway;
let lamp: TestDevice;

beforeEach(async () => {
  gateway = await openGateway();
  lamp = await gateway.newSubDevice('lamp-0001');
});

const request = (params: unknown) => ({ id: '3', version: '1.0', params });
const ask = async (suffix: string, params: unknown) =>
  (await gateway.ask(suffix, request(params))).body;
const add = (...devices: TestDevice[]) => ask(ADD, devices.map(signedSubDevice));
const own = async () => (await ask(GET, {}))['data'];
const published = () => drainBus(gateway.parts.bus);
const about = ({ productKey, deviceName, iotId }: TestDevice) => ({
  iotId,
  productKey,
  deviceName,
});
const head = ({ iotId, productKey, deviceName } = gateway.device) => ({
  gwIotId: iotId,
  gwProductKey: productKey,
  gwDeviceName: deviceName,
});

describe('sub-devices that a gateway adds', () => {
  test('are its own, and the platform hears of them', async () => {
    const second = await gateway.newSubDevice('lamp-0002');
    expect(await add(lamp, second)).toMatchObject({
      code: 200,
      data: [namesOf(lamp), namesOf(second)],
      method: 'thing.topo.add',
    });
    expect(await own()).toEqual(expect.arrayContaining([namesOf(lamp), namesOf(second)]));
    const messages = await published();
    const { productKey, deviceName, iotId } = gateway.device;
    const topic = `/${productKey}/${deviceName}/thing/topo/lifecycle`;
    expect(messages).toMatchObject([{ kind: 'topology', topic, iotId, transport: 'mqtt' }]);
    expect(messages.map(jsonBodyOf)).toEqual([
      {
        action: 'create',
        ...head(),
        devices: [about(lamp), about(second)],
        messageCreateTime: START_MS,
      },
    ]);
  });

  test('are told of once, and added as often as it starts', async () => {
    await add(lamp);
    const second = await gateway.newSubDevice('lamp-0002');
    expect(await add(lamp)).toMatchObject({ code: 200, data: [namesOf(lamp)] });
    expect(await add(lamp, lamp, second)).toMatchObject({ code: 200 });
    expect((await published()).map(jsonBodyOf)).toMatchObject([
      { devices: [about(lamp)] },
      { devices: [about(second)] },
    ]);
  });

  test('are told of later where the bus has failed', async () => {
    const sub = await gateway.newSubDevice('lamp-0003');
    // As if the process had ended between the relation and its message.
    const { iotId } = gateway.device;
    await relate(iotId, about(sub), gateway.parts);
    await add(sub);
    expect((await published()).map(jsonBodyOf)).toMatchObject([{ devices: [about(sub)] }]);
  });

  test('of another gateway become its own, and both are told of', async () => {
    const other = await gateway.another('gateway-2');
    await gateway.askAs(other, ADD, request([signedSubDevice(lamp)]));
    await published();
    expect((await add(lamp))['code']).toBe(200);
    expect((await gateway.askAs(other, GET, request({}))).body['data']).toEqual([]);
    const messages = await published();
    expect(messages.map(({ deviceName }) => deviceName)).toEqual(['gateway-2', 'dev_001']);
    expect(messages.map(jsonBodyOf)).toMatchObject([
      { action: 'delete', ...head(other), devices: [about(lamp)] },
      { action: 'create', ...head(), devices: [about(lamp)] },
    ]);
  });

  test('over HTTP are added without a reply', async () => {
    const taken = await gateway.take(gateway.sys(ADD), request([signedSubDevice(lamp)]), 'http');
    expect(taken).toMatchObject({ outcome: { ok: true }, replies: [] });
    expect(await published()).toMatchObject([{ kind: 'topology', transport: 'http' }]);
  });

  test('are none of them added where one is refused', async () => {
    const wrong = { ...(await gateway.newSubDevice('lamp-0002')), deviceSecret: 'wrong' };
    expect(await add(lamp, wrong)).toMatchObject({ code: 401, message: 'request auth error' });
    expect(await own()).toEqual([]);
    expect(await published()).toEqual([]);
  });

  test('are at most 1500', async () => {
    const { iotId, productKey } = gateway.device;
    for (let at = 0; at < 1499; at += 1) {
      const sub = { iotId: `sub${at}`, productKey, deviceName: `sub_${at}` };
      await relate(iotId, sub, gateway.parts);
    }
    const second = await gateway.newSubDevice('lamp-0002');
    expect(await add(lamp, second)).toMatchObject({
      code: 6400,
      message: 'topo relation count exceed',
    });
    expect((await add(lamp))['code']).toBe(200);
    expect((await add(second))['code']).toBe(6400);
    expect((await add(lamp))['code']).toBe(200);
  });

  test('that are deleted meanwhile are not added, whenever that is', async () => {
    const { store } = gateway.parts;
    for (let turns = 0; turns < 60; turns += 1) {
      const sub = await gateway.newSubDevice(`lamp-${turns + 1000}`);
      const adding = add(sub);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await deleteDevice(sub, gateway.parts);
      await adding;
      expect(await gatewayIotIdOf(sub.iotId, store), `${turns} turns`).toBeUndefined();
    }
    expect(await own()).toEqual([]);
  });

  const refused: [string, () => unknown, number][] = [
    ['none', () => [], 460],
    ['no objects', () => ['lamp-0001'], 460],
    ['without a name', () => [{ ...signedSubDevice(lamp), deviceName: undefined }], 460],
    [
      'with a name that no key can have',
      () => [{ ...signedSubDevice(lamp), deviceName: 'a\0' }],
      460,
    ],
    ['without a sign', () => [namesOf(lamp)], 460],
    ['more than 1500', () => Array.from({ length: 1501 }, () => signedSubDevice(lamp)), 460],
    ['unknown', () => [{ ...signedSubDevice(lamp), deviceName: 'lamp-0404' }], 6100],
    ['signed with another secret', () => [signedSubDevice({ ...lamp, deviceSecret: 'x' })], 401],
    ['the gateway itself', () => [{ ...signedSubDevice(lamp), ...namesOf(gateway.device) }], 6402],
  ];
  test.each(refused)('that are %s are refused', async (_, params, code) => {
    expect(await ask(ADD, params())).toMatchObject({ code });
    expect(await published()).toEqual([]);
  });

  test('that are disabled are refused', async () => {
    await disableDevice(lamp, gateway.parts);
    expect(await add(lamp)).toMatchObject({ code: 6204 });
  });

  test('and sign wrongly are logged with what should have been signed, and no secret', async () => {
    const signed = signedSubDevice({ ...lamp, deviceSecret: 'wrong' });
    const { outcome } = await gateway.take(gateway.sys(ADD), request([signed]));
    const { productKey } = lamp;
    const stringToSign = `clientId${productKey}&lamp-0001deviceNamelamp-0001productKey${productKey}timestamp1524448722000`;
    expect(outcome).toMatchObject({ failure: { kind: 'signature-mismatch', stringToSign } });
    expect(JSON.stringify(outcome)).not.toContain(lamp.deviceSecret);
  });
});

describe('sub-devices that a gateway gives up', () => {
  test('are its no longer, and the platform hears of it', async () => {
    const second = await gateway.newSubDevice('lamp-0002');
    await add(lamp, second);
    await published();
    expect(await ask(DELETE, [namesOf(lamp), namesOf(lamp)])).toMatchObject({
      code: 200,
      data: {},
    });
    expect(await own()).toEqual([namesOf(second)]);
    const messages = await published();
    expect(messages.map(jsonBodyOf)).toEqual([
      { action: 'delete', ...head(), devices: [about(lamp)], messageCreateTime: START_MS },
    ]);
  });

  test('are all its own, or none is given up', async () => {
    const second = await gateway.newSubDevice('lamp-0002');
    await add(lamp);
    expect(await ask(DELETE, [namesOf(lamp), namesOf(second)])).toMatchObject({ code: 6401 });
    expect(await ask(DELETE, [{ ...namesOf(lamp), deviceName: 'lamp-0404' }])).toMatchObject({
      code: 6100,
    });
    expect(await ask(DELETE, [])).toMatchObject({ code: 460 });
    expect(await own()).toEqual([namesOf(lamp)]);
  });

  test('are not those of another gateway', async () => {
    const other = await gateway.another('gateway-2');
    await gateway.askAs(other, ADD, request([signedSubDevice(lamp)]));
    expect(await ask(DELETE, [namesOf(lamp)])).toMatchObject({ code: 6401 });
    expect(await gatewayIotIdOf(lamp.iotId, gateway.parts.store)).toBe(other.iotId);
  });
});
