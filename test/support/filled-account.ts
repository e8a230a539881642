import { randomBytes } from 'node:crypto';
import { openSealing, withStore } from '../../infra/cli/folder.ts';
import { activateDevice, disableDevice } from '../../shared/core/devices/change-device.ts';
import { openDeviceSecret } from '../../shared/core/devices/device-secret.ts';
import { registerDevices } from '../../shared/core/devices/register-device.ts';
import type { Registry } from '../../shared/core/devices/registry.ts';
import {
  countDevicesOf,
  createProduct,
  openProductSecret,
} from '../../shared/core/products/products.ts';
import { walkPartition } from '../../shared/core/records/walk-partition.ts';
import { importThingModel } from '../../shared/core/thing-models/import-thing-model.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import type { TableName } from '../../shared/model/tables.ts';
import type { Store } from '../../shared/ports/table.ts';
import { readCliConfig } from '../../shared/runtime/cli-config.ts';
import { extrasOf, fillExtras, fillTopics } from './filled-extras.ts';
import { accepted, NEW_PRODUCT, type TestDevice, THING_MODEL } from './test-device.ts';

/** Of whatever opens the folder in this process: all of them have to agree. */
export const FAST = { MOORING_SYNC: 'commit' };

/** A moment of the past, so that values are not from the future. */
const FILLED_AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const DEVICES_AT_ONCE = 200;
const MODULE = 'Battery';
const MODULE_MODEL = { ...THING_MODEL, functionBlockId: MODULE, functionBlockName: '电池' };

/**
 * Products with custom topics and devices in a data folder: thing models with and without a module,
 * nicknames, and devices that were activated, were disabled, said something, or none of it. Every device
 * has a shadow and tags, and desired values if its product has a thing model. Returns the keys.
 */
export function fillFolder(
  dataDir: string,
  { products, devicesEach }: { products: number; devicesEach: number },
): Promise<string[]> {
  return useFolder(dataDir, async (registry) => {
    const productKeys: string[] = [];
    for (let index = 0; index < products; index += 1) {
      const { productKey, ...can } = await fillProduct(index, registry);
      productKeys.push(productKey);
      for (let from = 0; from < devicesEach; from += DEVICES_AT_ONCE) {
        const count = Math.min(DEVICES_AT_ONCE, devicesEach - from);
        await fillDevices(productKey, { from, count, ...can }, registry);
      }
    }
    return productKeys;
  });
}

/** Runs on the tables of a folder, beside the processes that have it open. */
export function useFolder<T>(dataDir: string, use: (registry: Registry) => Promise<T>): Promise<T> {
  const config = readCliConfig({ MOORING_DATA_DIR: dataDir, ...FAST });
  const sealing = openSealing(config);
  return withStore(config, (store) =>
    use({ store, sealing, randomBytes, nowMs: () => FILLED_AT_MS }),
  );
}

/** By identifier. */
type Values = Readonly<Record<string, unknown>>;

/** What devices of a product may say and be told to be: what its thing model does not have, no account shows. */
type Abilities = { values: Values; writable: readonly string[] };

async function fillProduct(
  index: number,
  registry: Registry,
): Promise<Abilities & { productKey: string }> {
  const wanted = {
    ...NEW_PRODUCT,
    productName: `产品 ${index}`,
    description: `number ${index}`,
    validation: index % 2 === 0 ? ('weak' as const) : ('none' as const),
    netType: index % 3 === 0 ? 'CELLULAR' : 'ETHERNET',
    nodeType: index === 1 ? (1 as const) : (0 as const),
  };
  const { productKey } = accepted(await createProduct(wanted, registry)).product;
  const models =
    index % 4 === 3 ? [] : index % 4 === 2 ? [THING_MODEL, MODULE_MODEL] : [THING_MODEL];
  for (const model of models) {
    accepted(await importThingModel({ productKey, tslText: JSON.stringify(model) }, registry));
  }
  const values = {
    ...(models.includes(THING_MODEL) && { temperature: 21.5, LightSwitch: 1 }),
    ...(models.includes(MODULE_MODEL) && { [`${MODULE}:LightSwitch`]: 0 }),
  };
  await fillTopics(productKey, registry);
  const writable = Object.keys(values).filter((identifier) => identifier !== 'temperature');
  return { productKey, values, writable };
}

async function fillDevices(
  productKey: string,
  { from, count, values, writable }: Abilities & { from: number; count: number },
  registry: Registry,
): Promise<void> {
  const wanted = Array.from({ length: count }, (_, index) => ({
    deviceName: `device-${String(from + index).padStart(6, '0')}`,
    ...(index % 2 === 0 && { nickname: `水箱 ${from + index}` }),
  }));
  const registered = accepted(await registerDevices(productKey, wanted, registry));
  await Promise.all(
    registered.map(async (result, index) => {
      const { device } = accepted(result);
      const signsIn = index % 3 !== 0;
      if (signsIn) accepted(await activateDevice(device, registry));
      if (signsIn && index % 5 === 1) await speak(device, values, registry);
      if (index % 7 === 0) accepted(await disableDevice(device, registry));
      await fillExtras(device, { number: from + index, writable }, registry);
    }),
  );
}

async function speak(
  { iotId }: DeviceRecord,
  values: Values,
  { store, nowMs }: Registry,
): Promise<void> {
  const arrivedAtMs = nowMs();
  const said = Object.entries(values).map(([identifier, value]) => [
    identifier,
    { value, time: arrivedAtMs - 5, messageId: '7', arrivedAtMs },
  ]);
  if (said.length === 0) return;
  const state = { properties: Object.fromEntries(said), lastMessageAtMs: arrivedAtMs };
  await store.table('thing_state').insert({ partition: iotId }, state);
}

/** What a device or a server can tell of a product, wherever it is stored. */
export function contentOf(dataDir: string, productKeys: readonly string[]) {
  return useFolder(dataDir, async ({ store, sealing }) => {
    const contents = [];
    for (const productKey of productKeys) {
      const product = await store
        .table('products')
        .read({ partition: 'products', sort: productKey });
      if (!product) throw new Error(`there is no product ${productKey}`);
      const { sealedSecret: _, ...members } = product.value;
      const devices = [];
      for await (const { value } of walkPartition(store.table('devices'), productKey)) {
        const { sealedSecret: __, generation: ___, untold: ____, ...device } = value;
        const indexed = await store.table('device_ids').read({ partition: device.iotId });
        const secret = openDeviceSecret(value, sealing);
        devices.push({
          ...device,
          secret,
          indexed: indexed?.value,
          said: await saidBy(value, store),
          extras: await extrasOf(value, store),
        });
      }
      const topics = [];
      for await (const { value } of walkPartition(store.table('topic_classes'), productKey)) {
        topics.push({ ...value, createdAtMs: 0 });
      }
      const models = [];
      for await (const { value } of walkPartition(store.table('thing_models'), productKey)) {
        models.push(value.thingModel);
      }
      const count = await countDevicesOf(productKey, store);
      const productSecret = openProductSecret(product.value, sealing);
      contents.push({ ...members, productSecret, topics, models, count, devices });
    }
    return contents;
  });
}

async function saidBy({ iotId }: DeviceRecord, store: Store) {
  const state = await store.table('thing_state').read({ partition: iotId });
  const properties = Object.entries(state?.value.properties ?? {});
  return properties.map(([identifier, { value, time }]) => [identifier, value, time]);
}

/** The version of every record of these products: the same ones as long as nobody writes. */
export function versionsOf(dataDir: string, productKeys: readonly string[]) {
  return useFolder(dataDir, async ({ store }) => {
    const versions: [string, number][] = [];
    const note = async (table: TableName, partition: string) => {
      for await (const { sort, version } of walkPartition<unknown>(store.table(table), partition)) {
        versions.push([`${table}/${partition}/${sort}`, version]);
      }
    };
    await note('products', 'products');
    for (const productKey of productKeys) {
      await note('thing_models', productKey);
      await note('product_counts', productKey);
      await note('topic_classes', productKey);
      await note('devices', productKey);
      for await (const { value } of walkPartition(store.table('devices'), productKey)) {
        await note('device_ids', value.iotId);
        await note('thing_state', value.iotId);
        await note('shadows', value.iotId);
        await note('desired_properties', value.iotId);
        await note('tags', value.iotId);
      }
    }
    return versions;
  });
}

/** With its secret, to sign in with. */
export function deviceIn(
  dataDir: string,
  name: { productKey: string; deviceName: string },
): Promise<TestDevice> {
  return useFolder(dataDir, async ({ store, sealing }) => {
    const { productKey, deviceName } = name;
    const key = { partition: productKey, sort: deviceName };
    const found = await store.table('devices').read(key);
    if (!found) throw new Error(`there is no device ${deviceName}`);
    const { iotId } = found.value;
    return { productKey, deviceName, iotId, deviceSecret: openDeviceSecret(found.value, sealing) };
  });
}
