import { createHmac } from 'node:crypto';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { accepted, createTestProduct, registerTestDevice, type TestDevice } from './test-device.ts';
import { openUplink, type TestUplink } from './uplink.ts';

/** A gateway, and a product of devices that may come behind it. */
export type TestGateway = TestUplink & {
  subProductKey: string;
  newSubDevice(deviceName: string): Promise<TestDevice>;
  /** Another gateway of its product, see askAs. */
  another(deviceName: string): Promise<DeviceRecord>;
};

export async function openGateway(): Promise<TestGateway> {
  const uplink = await openUplink({ nodeType: 1 });
  const { parts, device } = uplink;
  const { productKey: subProductKey } = await createTestProduct(parts);
  return {
    ...uplink,
    subProductKey,
    newSubDevice: (deviceName) =>
      registerTestDevice(parts, { productKey: subProductKey, deviceName }),
    another: async (deviceName) => {
      const { productKey } = device;
      const named = await registerTestDevice(parts, { productKey, deviceName });
      return accepted(await findDevice(named, parts.store));
    },
  };
}

type Names = Pick<TestDevice, 'productKey' | 'deviceName'>;

export const namesOf = ({ productKey, deviceName }: Names) => ({ deviceName, productKey });

/** What a gateway sends to add a sub-device, worked out from protocol.md 4.13 alone. */
export function signedSubDevice({ productKey, deviceName, deviceSecret }: TestDevice) {
  const clientId = `${productKey}&${deviceName}`;
  const timestamp = '1524448722000';
  const content = `clientId${clientId}deviceName${deviceName}productKey${productKey}timestamp${timestamp}`;
  const sign = createHmac('sha1', deviceSecret).update(content).digest('hex');
  return { productKey, deviceName, clientId, timestamp, signmethod: 'hmacSha1', sign };
}
