import { createHmac } from 'node:crypto';
import { openBase } from '../../infra/local/base.ts';
import { saveCertificate } from '../../shared/core/certificates/certificate-records.ts';
import { registerDevice } from '../../shared/core/devices/register-device.ts';
import { createProduct, type NewProduct } from '../../shared/core/products/products.ts';
import { DEFAULT_REGISTRATION } from '../../shared/core/products/registration-settings.ts';
import type { Result } from '../../shared/model/failure.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { BENCH_PRODUCT } from '../bench-product.ts';
import { request } from '../http/fleet.ts';

/** Ready-made requests of devices that want their secret. */
export type IdentityRequests = { register: Buffer; certificate: (random: string) => Buffer };

const DEVICE_ID = 'SN-00000001';

/** Registers a device that never signs in, and gives it a certificate under a serial number. */
export async function prepareIdentityRequests(dataDir: string): Promise<IdentityRequests> {
  const base = openBase(readConfig({ MOORING_DATA_DIR: dataDir, MOORING_SYNC: 'commit' }));
  const { product, productSecret } = done(await createProduct(PRODUCT, base));
  const { productKey } = product;
  const wanted = { productKey, deviceName: 'unactivated' };
  const { device, deviceSecret } = done(await registerDevice(wanted, base));
  await saveCertificate(
    { ...wanted, deviceId: DEVICE_ID, deviceSecret, iotId: device.iotId, registerTimeMs: 1 },
    base,
  );
  await base.bus.close();
  await base.store.close();
  const sign = (content: string) =>
    createHmac('sha256', productSecret).update(content).digest('hex');
  return {
    register: registerRequest(productKey, wanted.deviceName, sign),
    certificate: (random) => certificateRequest(productKey, random, sign),
  };
}

type Sign = (content: string) => string;

function registerRequest(productKey: string, deviceName: string, sign: Sign): Buffer {
  const random = '8Ygb7ULYh53B6OA';
  const signed = sign(`deviceName${deviceName}productKey${productKey}random${random}`);
  const form = { productKey, deviceName, random, sign: signed, signMethod: 'hmacsha256' };
  const type = 'Content-Type: application/x-www-form-urlencoded';
  return request('/auth/register/device', [type], new URLSearchParams(form).toString());
}

function certificateRequest(productKey: string, random: string, sign: Sign): Buffer {
  const body = { deviceId: DEVICE_ID, random, sign: sign(`deviceId${DEVICE_ID}random${random}`) };
  const type = 'Content-Type: application/json';
  return request(`/certificate/${productKey}`, [type], JSON.stringify(body));
}

const PRODUCT: NewProduct = {
  ...BENCH_PRODUCT,
  registration: {
    dynamicRegistration: true,
    certificates: { ...DEFAULT_REGISTRATION.certificates, mostIssues: 1000 },
  },
};

function done<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}
