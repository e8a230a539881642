import { createHmac } from 'node:crypto';
import { createHandler } from '../../functions/certificate-distributor/handler.ts';
import { createOwnIdentities } from '../../shared/core/devices/own-identities.ts';
import type { Registry } from '../../shared/core/devices/registry.ts';
import type { LifecycleParts } from '../../shared/core/lifecycle/tell-lifecycle.ts';
import { createProduct } from '../../shared/core/products/products.ts';
import { createAddressRate } from '../../shared/core/rate/address-rate.ts';
import type { Handler, Reply, Request } from '../../shared/model/http.ts';
import type { CertificateSettings } from '../../shared/model/product.ts';
import type { CertificateRecord } from '../../shared/model/tables.ts';
import type { DeviceIdentities } from '../../shared/ports/device-identities.ts';
import type { Log } from '../../shared/ports/log.ts';
import { createMemoryParts, type MemoryParts } from './memory-parts.ts';
import { accepted, NEW_PRODUCT } from './test-device.ts';

type CertificateBody = Record<string, unknown>;

type CertificateProduct = { productKey: string; productSecret: string };

/** Adds the `sign` of these fields, worked out from the rule alone: sorted by name, nothing between. */
export function signCertificateBody(
  fields: Record<string, string | number>,
  productSecret: string,
): CertificateBody {
  const { signMethod = 'hmacsha256', ...signed } = fields;
  const digest = String(signMethod).toLowerCase().replace('hmac', '');
  const content = Object.keys(signed)
    .sort()
    .map((name) => `${name}${signed[name]}`)
    .join('');
  const sign = createHmac(digest, productSecret).update(content).digest('hex');
  return { ...fields, sign };
}

export function certificateRequest(
  body: CertificateBody | string | Buffer,
  changes: Partial<Request> = {},
): Request {
  const isText = typeof body === 'string' || Buffer.isBuffer(body);
  return {
    method: 'POST',
    path: '/certificate',
    query: '',
    headers: { 'content-type': 'application/json' },
    sourceIp: '192.0.2.1',
    requestId: 'request-1',
    ...changes,
    body: Buffer.from(isText ? body : JSON.stringify(body)),
  };
}

/** A product with these settings of the distributor; the defaults are those of a product that was never told otherwise. */
export async function createCertificateProduct(
  registry: Registry,
  settings: Partial<CertificateSettings> = {},
): Promise<CertificateProduct> {
  const certificates: CertificateSettings = {
    policy: 'signed',
    answer: 'flat',
    mostIssues: 5,
    unknownIds: 'refuse',
    ...settings,
  };
  const registration = { dynamicRegistration: false, certificates };
  const made = accepted(await createProduct({ ...NEW_PRODUCT, registration }, registry));
  return { productKey: made.product.productKey, productSecret: made.productSecret };
}

/** What a factory writes before the device has ever asked. */
export async function addRow(
  deviceId: string,
  row: Partial<CertificateRecord>,
  { store }: Pick<Registry, 'store'>,
): Promise<void> {
  const whole: CertificateRecord = {
    registerTime: null,
    activateTime: null,
    productKey: null,
    deviceName: null,
    deviceSecret: null,
    iotId: null,
    ...row,
  };
  if (!(await store.table('device_table').insert({ partition: deviceId }, whole))) {
    throw new Error(`${deviceId} has a row`);
  }
}

/** One instance of the function: its own caches, its own flights. */
export function createInstance(
  parts: Registry & LifecycleParts & { log: Log },
  options: { limitPerMinute?: number; identities?: DeviceIdentities } = {},
): Handler {
  const { limitPerMinute = 600, identities = createOwnIdentities(parts) } = options;
  let calls = 0;
  const rate = createAddressRate({
    seen: parts.store.table('seen'),
    nowMs: parts.nowMs,
    limitPerMinute,
    randomInteger: (below) => {
      calls += 1;
      return (calls * 7919) % below;
    },
  });
  return createHandler({ ...parts, identities, rate });
}

export type TestDistributor = CertificateProduct & {
  parts: MemoryParts;
  ask(body: CertificateBody | string, changes?: Partial<Request>): Promise<Reply>;
  /** Signed with the product's secret and a random of its own. */
  askSigned(fields: Record<string, string | number>, changes?: Partial<Request>): Promise<Reply>;
};

export const DEVICE_ID = 'SN-2024-0001';

/** `POST /certificate` over memory, with one product and a row for DEVICE_ID that has no certificate yet. */
export async function openDistributor(
  settings: Partial<CertificateSettings> = {},
  options: Parameters<typeof createInstance>[1] = {},
): Promise<TestDistributor> {
  const parts = createMemoryParts();
  const product = await createCertificateProduct(parts, settings);
  await addRow(DEVICE_ID, { productKey: product.productKey }, parts);
  const handler = createInstance(parts, options);
  let asked = 0;
  const ask: TestDistributor['ask'] = (body, changes) => handler(certificateRequest(body, changes));
  return {
    ...product,
    parts,
    ask,
    askSigned: (fields, changes) => {
      asked += 1;
      const signed = { random: `r${asked}`, ...fields };
      return ask(signCertificateBody(signed, product.productSecret), changes);
    },
  };
}

export function bodyOf(reply: Reply): Record<string, unknown> {
  return JSON.parse(reply.body);
}
