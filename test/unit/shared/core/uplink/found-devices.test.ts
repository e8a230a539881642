import { beforeEach, describe, expect, test } from 'vitest';
import { drainBus, jsonBodyOf } from '../../../../support/drain-bus.ts';
import { namesOf, openGateway, type TestGateway } from '../../../../support/gateway.ts';
import type { TestDevice } from '../../../../support/test-device.ts';

let gateway: TestGateway;
let lamp: TestDevice;

beforeEach(async () => {
  gateway = await openGateway();
  lamp = await gateway.newSubDevice('lamp-0001');
});

const ask = async (suffix: string, params: unknown) =>
  (await gateway.ask(suffix, { id: '3', version: '1.0', params })).body;
const published = () => drainBus(gateway.parts.bus);

describe('devices that a gateway finds', () => {
  const FOUND = 'thing/list/found';

  test('are told of, registered or not, and change nothing', async () => {
    const unknown = { productKey: lamp.productKey, deviceName: 'lamp-0404' };
    const nameless = { productKey: lamp.productKey };
    expect(await ask(FOUND, [namesOf(lamp), unknown, nameless])).toMatchObject({
      code: 200,
      data: {},
    });
    const messages = await published();
    const { productKey, deviceName } = gateway.device;
    const topic = `/${productKey}/${deviceName}/thing/list/found`;
    expect(messages).toMatchObject([{ kind: 'found', topic, transport: 'mqtt' }]);
    const { iotId: gwIotId } = gateway.device;
    const registered = { iotId: lamp.iotId, ...namesOf(lamp) };
    expect(messages.map(jsonBodyOf)).toEqual([
      {
        gwIotId,
        gwProductKey: productKey,
        gwDeviceName: deviceName,
        devices: [registered, unknown, nameless],
      },
    ]);
    expect(await ask('thing/topo/get', {})).toMatchObject({ data: [] });
  });

  test('are told of whenever they are found', async () => {
    await ask(FOUND, [namesOf(lamp)]);
    await ask(FOUND, [namesOf(lamp)]);
    expect(await published()).toHaveLength(2);
  });

  test.each([
    ['none', [], 460],
    ['without a product', [{ deviceName: 'lamp-0001' }], 460],
    ['of an unknown product', [{ productKey: 'a1Unknown00', deviceName: 'lamp-0001' }], 6250],
  ])('that are %s are refused', async (_, params, code) => {
    expect(await ask(FOUND, params)).toMatchObject({ code });
    expect(await published()).toEqual([]);
  });

  test('under a name that no device may have are refused', async () => {
    const { productKey } = lamp;
    expect(await ask(FOUND, [{ productKey, deviceName: 'a b' }])).toMatchObject({ code: 6280 });
  });
});
