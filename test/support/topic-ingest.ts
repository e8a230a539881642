import { createHandler, type TopicIngestParts } from '../../functions/topic-ingest/handler.ts';
import { activateDevice } from '../../shared/core/devices/change-device.ts';
import { createDeviceDirectory } from '../../shared/core/devices/device-directory.ts';
import { createProductDirectory } from '../../shared/core/products/product-directory.ts';
import type { NewProduct } from '../../shared/core/products/products.ts';
import { createMessageRate, MESSAGES_PER_SECOND } from '../../shared/core/rate/message-rate.ts';
import { issueToken, TOKEN_LIFE_MS } from '../../shared/core/token/token.ts';
import { createTokenVerifier } from '../../shared/core/token/token-verifier.ts';
import type { Reply, Request } from '../../shared/model/http.ts';
import { topicRequest } from './device-http.ts';
import { createMemoryParts, type MemoryParts } from './memory-parts.ts';
import { registerTestDevice, type TestDevice } from './test-device.ts';

export type TestIngest = {
  parts: MemoryParts;
  device: TestDevice;
  /** Posts as the device, with a fresh token of its unless `changes` say otherwise. */
  post(topic: string, body: unknown, changes?: Partial<Request>): Promise<Reply>;
  /** Topic of the device under `/sys`. */
  sys(suffix: string): string;
};

/** `POST /topic` over memory, with one device that has signed in. */
export async function openTopicIngest(
  product: Partial<NewProduct> = {},
  changes: Partial<TopicIngestParts> = {},
): Promise<TestIngest> {
  const parts = createMemoryParts();
  const device = await registerTestDevice(parts, { product });
  await activateDevice(device, parts);
  const token = await issueTestToken(device, parts);
  const handler = createHandler({ ...ingestPartsOf(parts), ...changes });
  return {
    parts,
    device,
    post: (topic, body, request) => handler(topicRequest({ topic, token, body }, request)),
    sys: (suffix) => `/sys/${device.productKey}/${device.deviceName}/${suffix}`,
  };
}

function ingestPartsOf(parts: MemoryParts): TopicIngestParts {
  const { tokenKeys, nowMs } = parts;
  return {
    ...parts,
    directory: createDeviceDirectory(parts),
    products: createProductDirectory(parts),
    verifyToken: createTokenVerifier(tokenKeys),
    rate: createMessageRate({ limitPerSecond: MESSAGES_PER_SECOND, nowMs }),
  };
}

/** A token such as `/auth` would give the device now. */
export async function issueTestToken(device: TestDevice, parts: MemoryParts): Promise<string> {
  const { productKey, deviceName } = device;
  const known = await createDeviceDirectory(parts).find(`${productKey}/${deviceName}`);
  if (!known) throw new Error(`there is no device ${deviceName}`);
  const { generation } = known;
  const expiresAtMs = parts.nowMs() + TOKEN_LIFE_MS;
  return issueToken({ productKey, deviceName, generation, expiresAtMs }, parts.tokenKeys);
}
