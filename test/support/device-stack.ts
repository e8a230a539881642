import { callAction } from './pop-core.ts';
import { startTestStack, type TestStack } from './test-stack.ts';
import { parameter, property } from './thing-models.ts';

/** What a device's firmware is given. */
export type Identity = { productKey: string; deviceName: string; deviceSecret: string };

/** A stack for devices that come by MQTT, with a product whose thing model is DEVICE_MODEL. */
export type DeviceStack = TestStack & {
  productKey: string;
  /** `host:port` of MQTT over TCP. */
  mqttAddress: string;
  /** The server end, as callAction. */
  call(action: string, parameters: Parameters<typeof callAction>[2]): ReturnType<typeof callAction>;
  /** Of the stack's own product, unless another one is named. */
  newDevice(deviceName: string, productKey?: string): Promise<Identity>;
};

/** Devices may connect as often as the tests want them to. */
export async function startDeviceStack(env: Record<string, string> = {}): Promise<DeviceStack> {
  const stack = await startTestStack({
    MOORING_MQTT_PORT: '0',
    MOORING_MQTT_WS_PORT: '0',
    MOORING_AMQP_PORT: '0',
    MOORING_CONNECTS_PER_MINUTE: '1000',
    ...env,
  });
  const call: DeviceStack['call'] = (action, parameters) => callAction(stack, action, parameters);
  const productKey = await makeProduct(call);
  return {
    ...stack,
    productKey,
    mqttAddress: new URL(stack.endpoints['mqtt'] ?? '').host,
    call,
    newDevice: async (deviceName, ofProduct = productKey) => {
      const { Data } = await call('RegisterDevice', {
        ProductKey: ofProduct,
        DeviceName: deviceName,
      });
      const { DeviceSecret } = Data as { DeviceSecret: string };
      return { productKey: ofProduct, deviceName, deviceSecret: DeviceSecret };
    },
  };
}

async function makeProduct(call: DeviceStack['call']): Promise<string> {
  const { ProductKey } = await call('CreateProduct', { ProductName: 'test devices', NodeType: 0 });
  const productKey = String(ProductKey);
  const TslStr = JSON.stringify({ ...DEVICE_MODEL, profile: { productKey } });
  await call('ImportThingModelTsl', { ProductKey: productKey, TslStr });
  return productKey;
}

const NUMBER = { type: 'float', specs: { min: '-40', max: '125', step: '0.1' } } as const;
const COUNT = { type: 'int', specs: { min: '0', max: '100' } } as const;
const SWITCH = { type: 'bool', specs: { '0': 'off', '1': 'on' } } as const;

/** One of each: properties to read and to set, an event, a service that is waited for and one that is not. */
const DEVICE_MODEL = {
  properties: [
    property('temperature', NUMBER),
    property('humidity', COUNT),
    property('LightSwitch', SWITCH, 'rw'),
  ],
  events: [
    {
      identifier: 'Overheat',
      name: 'overheat',
      type: 'alert',
      required: false,
      method: 'thing.event.Overheat.post',
      outputData: [parameter('level', COUNT)],
    },
  ],
  services: [
    {
      identifier: 'Reset',
      name: 'reset',
      required: false,
      callType: 'async',
      method: 'thing.service.Reset',
      inputData: [parameter('delay', COUNT)],
      outputData: [],
    },
    {
      identifier: 'Measure',
      name: 'measure',
      required: false,
      callType: 'sync',
      method: 'thing.service.Measure',
      inputData: [parameter('channel', COUNT)],
      outputData: [parameter('value', NUMBER)],
    },
  ],
};
