import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createAccessKey } from '../../shared/core/access-keys/access-keys.ts';
import { activateDevice } from '../../shared/core/devices/change-device.ts';
import { registerDevice } from '../../shared/core/devices/register-device.ts';
import type { Registry } from '../../shared/core/devices/registry.ts';
import { createProduct } from '../../shared/core/products/products.ts';
import { DEFAULT_REGISTRATION } from '../../shared/core/products/registration-settings.ts';
import { DEFAULT_GROUP } from '../../shared/core/subscriptions/consumer-groups.ts';
import { ALL_FLAGS } from '../../shared/core/subscriptions/subscription-flag.ts';
import { createSubscription } from '../../shared/core/subscriptions/subscriptions.ts';
import { importThingModel } from '../../shared/core/thing-models/import-thing-model.ts';
import type { Result } from '../../shared/model/failure.ts';
import { isErrno } from '../../shared/runtime/errno.ts';
import { DEMO_THING_MODEL } from './demo-thing-model.ts';

/** What the first start makes and writes to `<data>/demo.json` (architecture.md, what scripts rely on). */
export type Demo = {
  productKey: string;
  productSecret: string;
  deviceName: string;
  deviceSecret: string;
  unactivatedDeviceName: string;
  unactivatedDeviceSecret: string;
  accessKeyId: string;
  accessKeySecret: string;
  endpoints: Readonly<Record<string, string>>;
};

export type DemoState = { demo: Demo; isNew: boolean };

/** Reads the demo of the data folder or makes it; keeps its endpoints as they are now. */
export async function ensureDemo(
  dataDir: string,
  registry: Registry,
  endpoints: Demo['endpoints'],
): Promise<DemoState> {
  const path = join(dataDir, 'demo.json');
  const stored = await readDemo(path);
  const demo = { ...(stored ?? (await makeDemo(registry))), endpoints };
  await writePrivately(path, `${JSON.stringify(demo, null, 2)}\n`);
  return { demo, isNew: stored === undefined };
}

async function makeDemo(registry: Registry): Promise<Omit<Demo, 'endpoints'>> {
  const { product, productSecret } = made(
    await createProduct(
      {
        productName: 'Mooring demo',
        nodeType: 0,
        dataFormat: 1,
        validation: 'weak',
        authType: 'secret',
        netType: 'WIFI',
        aliyunCommodityCode: 'iothub_senior',
        description: 'Made by the first start of the local stack',
        registration: { ...DEFAULT_REGISTRATION, dynamicRegistration: true },
      },
      registry,
    ),
  );
  const { productKey } = product;
  made(await importThingModel({ productKey, tslText: JSON.stringify(DEMO_THING_MODEL) }, registry));
  const subscription = { productKey, groupIds: [DEFAULT_GROUP], flags: ALL_FLAGS };
  made(await createSubscription(subscription, registry.store));
  const activated = made(await registerDevice({ productKey, deviceName: 'demo-device' }, registry));
  made(await activateDevice({ productKey, deviceName: activated.device.deviceName }, registry));
  const unactivated = made(
    await registerDevice({ productKey, deviceName: 'demo-unactivated' }, registry),
  );
  const accessKey = await createAccessKey(registry);
  return {
    productKey,
    productSecret,
    deviceName: activated.device.deviceName,
    deviceSecret: activated.deviceSecret,
    unactivatedDeviceName: unactivated.device.deviceName,
    unactivatedDeviceSecret: unactivated.deviceSecret,
    ...accessKey,
  };
}

function made<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`the demo could not be made: ${JSON.stringify(result.failure)}`);
  return result.value;
}

async function readDemo(path: string): Promise<Demo | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Demo;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw new Error(`${path} cannot be read; repair it or remove it to get a new demo`, {
      cause: error,
    });
  }
}

/** Whole or not at all, and readable by its owner alone: it holds secrets. */
async function writePrivately(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  const file = await open(unfinished, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}
