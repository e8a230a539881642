import {
  activateDevice,
  deleteDevice,
  disableDevice,
} from '../../../shared/core/devices/change-device.ts';
import { registerDevice } from '../../../shared/core/devices/register-device.ts';
import { createKeyRing } from '../../../shared/core/keys/key-ring.ts';
import { issueToken, TOKEN_LIFE_MS } from '../../../shared/core/token/token.ts';
import { type MemoryParts, testKey } from '../../support/memory-parts.ts';
import {
  accepted,
  createTestProduct,
  registerTestDevice,
  type TestDevice,
} from '../../support/test-device.ts';

export type TokenDevice = TestDevice & { token: string };

export type TestFleet = {
  /** Active, of a product with weak validation. */
  weak: TokenDevice;
  /** Active, of a product with strong validation. */
  strong: TokenDevice;
  /** Cannot sign in, though they have a secret. */
  barred: readonly TestDevice[];
  /** Well made, and good for nothing. */
  badTokens: Readonly<Record<string, string>>;
  /** What no log line may show. */
  secrets: readonly string[];
};

export async function prepareFleet(parts: MemoryParts): Promise<TestFleet> {
  const weakProduct = await createTestProduct(parts);
  const { productKey } = weakProduct;
  const strongProduct = await createTestProduct(parts, { validation: 'strong' });
  const [weak, strong] = await Promise.all([
    activeDevice({ productKey, deviceName: 'dev_001' }, parts),
    activeDevice({ productKey: strongProduct.productKey, deviceName: 'dev_001' }, parts),
  ]);
  await registerTestDevice(parts, { productKey, deviceName: 'never_on' });
  const disabled = await activeDevice({ productKey, deviceName: 'disabled' }, parts);
  accepted(await disableDevice(disabled, parts));
  const deleted = await activeDevice({ productKey, deviceName: 'deleted' }, parts);
  accepted(await deleteDevice(deleted, parts));
  const remade = await activeDevice({ productKey, deviceName: 'remade' }, parts);
  accepted(await deleteDevice(remade, parts));
  parts.clock.advance(1);
  accepted(await registerDevice({ productKey, deviceName: 'remade' }, parts));
  return {
    weak,
    strong,
    barred: [disabled, deleted, remade],
    badTokens: {
      ...brokenTokens(weak, parts),
      'of a disabled device': disabled.token,
      'of a deleted device': deleted.token,
      'of another generation': remade.token,
    },
    secrets: [weak, strong, disabled].flatMap(({ deviceSecret, token }) => [deviceSecret, token]),
  };
}

async function activeDevice(
  name: { productKey: string; deviceName: string },
  parts: MemoryParts,
): Promise<TokenDevice> {
  const device = await registerTestDevice(parts, name);
  const { generation } = accepted(await activateDevice(device, parts));
  const expiresAtMs = parts.nowMs() + TOKEN_LIFE_MS;
  return { ...device, token: issueToken({ ...name, generation, expiresAtMs }, parts.tokenKeys) };
}

function brokenTokens({ productKey, deviceName }: TestDevice, { nowMs, tokenKeys }: MemoryParts) {
  const claims = { productKey, deviceName, generation: nowMs(), expiresAtMs: nowMs() };
  const later = { ...claims, expiresAtMs: nowMs() + TOKEN_LIFE_MS };
  const foreignKeys = createKeyRing([testKey('of someone else')]);
  return {
    expired: issueToken(claims, tokenKeys),
    'of a removed key': issueToken(later, foreignKeys),
  };
}
