import { openBase } from '../../infra/local/base.ts';
import { DEMO_THING_MODEL } from '../../infra/local/demo-thing-model.ts';
import { activateDevice } from '../../shared/core/devices/change-device.ts';
import { registerDevice } from '../../shared/core/devices/register-device.ts';
import { createProduct } from '../../shared/core/products/products.ts';
import { httpSign } from '../../shared/core/signing/http-sign.ts';
import { importThingModel } from '../../shared/core/thing-models/import-thing-model.ts';
import { issueToken, TOKEN_LIFE_MS } from '../../shared/core/token/token.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { accepted, NEW_PRODUCT } from '../../test/support/test-device.ts';

/** Ready-made requests of a fleet of devices. */
export type Fleet = { productKey: string; auth: readonly Buffer[]; topic: readonly Buffer[] };

/** Registers and activates `size` devices in a data folder, through the core and not the OpenAPI. */
export async function prepareFleet(dataDir: string, size: number): Promise<Fleet> {
  const base = openBase(readConfig({ MOORING_DATA_DIR: dataDir, MOORING_SYNC: 'commit' }));
  const { productKey } = accepted(await createProduct(NEW_PRODUCT, base)).product;
  accepted(await importThingModel({ productKey, tslText: JSON.stringify(DEMO_THING_MODEL) }, base));
  const auth: Buffer[] = [];
  const topic: Buffer[] = [];
  for (let index = 0; index < size; index += 1) {
    const deviceName = `device-${index}`;
    const { device, deviceSecret } = accepted(
      await registerDevice({ productKey, deviceName }, base),
    );
    accepted(await activateDevice({ productKey, deviceName }, base));
    auth.push(authRequest({ productKey, deviceName }, deviceSecret));
    const expiresAtMs = base.nowMs() + TOKEN_LIFE_MS;
    const token = issueToken(
      { productKey, deviceName, generation: device.generation, expiresAtMs },
      base.tokenKeys,
    );
    topic.push(topicRequest({ productKey, deviceName }, token, index));
  }
  await base.bus.close();
  await base.store.close();
  return { productKey, auth, topic };
}

type Name = { productKey: string; deviceName: string };

function authRequest({ productKey, deviceName }: Name, deviceSecret: string): Buffer {
  const clientId = `${productKey}.${deviceName}`;
  const sign = httpSign({ clientId, deviceName, productKey }, 'hmacsha256', deviceSecret);
  const body = JSON.stringify({
    version: 'default',
    clientId,
    signmethod: 'hmacsha256',
    sign,
    productKey,
    deviceName,
  });
  return request('/auth', ['Content-Type: application/json'], body);
}

function topicRequest({ productKey, deviceName }: Name, token: string, index: number): Buffer {
  const params = { temperature: 20 + (index % 50) / 10, LightSwitch: index % 2 };
  const body = JSON.stringify({
    id: String(index),
    version: '1.0',
    params,
    method: 'thing.event.property.post',
  });
  const path = `/topic/sys/${productKey}/${deviceName}/thing/event/property/post`;
  return request(path, ['Content-Type: application/octet-stream', `password: ${token}`], body);
}

export function request(path: string, headers: readonly string[], body: string): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
