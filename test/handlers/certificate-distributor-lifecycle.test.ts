import { expect, test } from 'vitest';
import { createMemoryBus } from '../../shared/adapters/memory/memory-bus.ts';
import { withOpenSecret } from '../../shared/core/lifecycle/open-secret.ts';
import {
  bodyOf,
  certificateRequest,
  createInstance,
  DEVICE_ID,
  openDistributor,
} from '../support/certificate.ts';
import { drainBus, jsonBodyOf } from '../support/drain-bus.ts';
import { registerTestDevice } from '../support/test-device.ts';

test('a device that is registered for its deviceId is told of once, with its secret', async () => {
  const { parts, productKey, askSigned } = await openDistributor();
  const { deviceSecret } = bodyOf(await askSigned({ deviceId: DEVICE_ID, productKey }));
  await askSigned({ deviceId: DEVICE_ID, productKey });
  const messages = await drainBus(parts.bus);
  expect(messages).toMatchObject([{ kind: 'lifecycle', transport: 'http', productKey }]);
  expect(messages.map((one) => jsonBodyOf(withOpenSecret(one, parts.sealing)))).toMatchObject([
    { action: 'create', deviceName: DEVICE_ID, deviceSecret },
  ]);
});

test('a device of an id that nobody knew is told of, one that is adopted is not', async () => {
  const open = { policy: 'open', unknownIds: 'adopt' } as const;
  const { parts, productKey, ask } = await openDistributor(open);
  await registerTestDevice(parts, { productKey, deviceName: 'lamp-0001' });
  await ask({ deviceId: 'lamp-0001', productKey });
  await ask({ deviceId: 'lamp-0002', productKey });
  expect((await drainBus(parts.bus)).map(({ deviceName }) => deviceName)).toEqual(['lamp-0002']);
});

test('no certificate is given before the bus has been told', async () => {
  const { parts, productKey } = await openDistributor({ policy: 'open' });
  const request = certificateRequest({ deviceId: DEVICE_ID, productKey });
  const bus = createMemoryBus(parts);
  const gone = { publish: () => Promise.reject(new Error('the bus is gone')) };
  expect(bodyOf(await createInstance({ ...parts, bus: gone })(request))).toMatchObject({
    code: 500,
  });
  expect(bodyOf(await createInstance({ ...parts, bus })(request))).toHaveProperty('deviceSecret');
  expect((await drainBus(bus)).map(jsonBodyOf)).toMatchObject([{ action: 'create' }]);
});
