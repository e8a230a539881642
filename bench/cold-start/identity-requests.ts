import { openBase } from '../../infra/local/base.ts';
import { saveCertificate } from '../../shared/core/certificates/certificate-records.ts';
import { registerDevice } from '../../shared/core/devices/register-device.ts';
import { createProduct, type NewProduct } from '../../shared/core/products/products.ts';
import { DEFAULT_REGISTRATION } from '../../shared/core/products/registration-settings.ts';
import { certificateContent } from '../../shared/core/signing/certificate-sign.ts';
import { hmac } from '../../shared/core/signing/hmac.ts';
import { registerSign } from '../../shared/core/signing/register-sign.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { accepted, NEW_PRODUCT } from '../../test/support/test-device.ts';
import { request } from '../http/fleet.ts';

/** Ready-made requests of devices that want their secret. */
export type IdentityRequests = { register: Buffer; certificate: (random: string) => Buffer };

const DEVICE_ID = 'SN-00000001';

/** Registers a device that never signs in, and gives it a certificate under a serial number. */
export async function prepareIdentityRequests(dataDir: string): Promise<IdentityRequests> {
  const base = openBase(readConfig({ MOORING_DATA_DIR: dataDir, MOORING_SYNC: 'commit' }));
  const { product, productSecret } = accepted(await createProduct(PRODUCT, base));
  const { productKey } = product;
  const wanted = { productKey, deviceName: 'unactivated' };
  const { device, deviceSecret } = accepted(await registerDevice(wanted, base));
  await saveCertificate(
    { ...wanted, deviceId: DEVICE_ID, deviceSecret, iotId: device.iotId, registerTimeMs: 1 },
    base,
  );
  await base.bus.close();
  await base.store.close();
  return {
    register: registerRequest(wanted, productSecret),
    certificate: (random) => certificateRequest(productKey, random, productSecret),
  };
}

function registerRequest(
  name: { productKey: string; deviceName: string },
  productSecret: string,
): Buffer {
  const fields = { ...name, random: '8Ygb7ULYh53B6OA' };
  const sign = registerSign(fields, 'hmacsha256', productSecret);
  const form = { ...fields, sign, signMethod: 'hmacsha256' };
  const type = 'Content-Type: application/x-www-form-urlencoded';
  return request('/auth/register/device', [type], new URLSearchParams(form).toString());
}

function certificateRequest(productKey: string, random: string, productSecret: string): Buffer {
  const fields = { deviceId: DEVICE_ID, random };
  const sign = hmac('hmacsha256', productSecret, certificateContent(fields)).toString('hex');
  const type = 'Content-Type: application/json';
  return request(`/certificate/${productKey}`, [type], JSON.stringify({ ...fields, sign }));
}

const PRODUCT: NewProduct = {
  ...NEW_PRODUCT,
  registration: {
    dynamicRegistration: true,
    certificates: { ...DEFAULT_REGISTRATION.certificates, mostIssues: 1000 },
  },
};
