import { registerDevice } from '../../shared/core/devices/register-device.ts';
import type { Registry } from '../../shared/core/devices/registry.ts';
import { createProduct, type NewProduct } from '../../shared/core/products/products.ts';
import type { Result } from '../../shared/model/failure.ts';
import type { ProductRecord } from '../../shared/model/product.ts';
import type { ThingModel } from '../../shared/model/tsl.ts';

export type TestDevice = {
  productKey: string;
  deviceName: string;
  deviceSecret: string;
  iotId: string;
};

export const NEW_PRODUCT: NewProduct = {
  productName: 'Thermometer',
  nodeType: 0,
  dataFormat: 1,
  validation: 'weak',
  authType: 'secret',
  netType: 'WIFI',
  aliyunCommodityCode: 'iothub_senior',
  description: '',
};

/** Has `temperature` (-40 to 125), `LightSwitch` and the event `Overheat`, as the demo product does. */
export const THING_MODEL: ThingModel = {
  profile: { productKey: 'a1TestProd01' },
  properties: [
    {
      identifier: 'temperature',
      name: 'Temperature',
      accessMode: 'r',
      required: false,
      dataType: { type: 'float', specs: { min: '-40', max: '125' } },
    },
    {
      identifier: 'LightSwitch',
      name: 'Light',
      accessMode: 'rw',
      required: false,
      dataType: { type: 'bool', specs: { '0': 'off', '1': 'on' } },
    },
  ],
  events: [
    {
      identifier: 'Overheat',
      name: 'Too hot',
      type: 'alert',
      required: false,
      method: 'thing.event.Overheat.post',
      outputData: [
        {
          identifier: 'level',
          name: 'Level',
          dataType: { type: 'enum', specs: { '1': 'warm', '2': 'hot' } },
        },
      ],
    },
  ],
  services: [],
};

export async function createTestProduct(
  registry: Registry,
  changes: Partial<NewProduct> = {},
): Promise<ProductRecord> {
  const { product } = accepted(await createProduct({ ...NEW_PRODUCT, ...changes }, registry));
  const key = { partition: product.productKey, sort: 'default' };
  const record = { thingModel: THING_MODEL, importedAtMs: registry.nowMs() };
  await registry.store.table('thing_models').insert(key, record);
  return product;
}

/** A device that has not signed in yet, of a product of its own unless one is named. */
export async function registerTestDevice(
  registry: Registry,
  wanted: { productKey?: string; deviceName?: string; product?: Partial<NewProduct> } = {},
): Promise<TestDevice> {
  const { deviceName = 'dev_001', product } = wanted;
  const productKey = wanted.productKey ?? (await createTestProduct(registry, product)).productKey;
  const registered = accepted(await registerDevice({ productKey, deviceName }, registry));
  const { device, deviceSecret } = registered;
  return { productKey, deviceName, deviceSecret, iotId: device.iotId };
}

/** @throws Error if it is a refusal. */
export function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.failure.kind}`);
  return result.value;
}
