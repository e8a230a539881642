import { openBase } from '../../infra/local/base.ts';
import { DEMO_THING_MODEL } from '../../infra/local/demo-thing-model.ts';
import { createProduct } from '../../shared/core/products/products.ts';
import { importThingModel } from '../../shared/core/thing-models/import-thing-model.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { type RawIdentity, registerFleet } from '../../test/support/raw-fleet.ts';
import { connectPacket, publishPacket, type RawDevice } from '../../test/support/raw-mqtt.ts';
import { accepted, NEW_PRODUCT } from '../../test/support/test-device.ts';

/** Registers and activates `size` devices in a data folder. */
export async function prepareDevices(dataDir: string, size: number): Promise<RawDevice[]> {
  const base = openBase(readConfig({ MOORING_DATA_DIR: dataDir, MOORING_SYNC: 'commit' }));
  const { productKey } = accepted(await createProduct(NEW_PRODUCT, base)).product;
  accepted(await importThingModel({ productKey, tslText: JSON.stringify(DEMO_THING_MODEL) }, base));
  const fleet = await registerFleet(base, { productKey, size, prefix: 'device' });
  await base.bus.close();
  await base.store.close();
  return fleet.map(deviceOf);
}

function deviceOf({ productKey, deviceName, credentials }: RawIdentity, index: number): RawDevice {
  const params = { temperature: 20 + (index % 50) / 10, LightSwitch: index % 2 };
  const payload = JSON.stringify({
    id: String(index),
    version: '1.0',
    params,
    method: 'thing.event.property.post',
  });
  const topic = `/sys/${productKey}/${deviceName}/thing/event/property/post`;
  return {
    connect: connectPacket(credentials),
    publish: publishPacket({ topic, payload, messageId: 1 }),
  };
}
