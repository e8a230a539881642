import { findDevice } from '../../shared/core/devices/find-device.ts';
import { moveIn } from '../../shared/core/moving-in/move-in.ts';
import type { Checkpoint, Moving } from '../../shared/core/moving-in/moving.ts';
import { DEVICE_CONTENTS, type ProductReport } from '../../shared/core/moving-in/moving-report.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { createMemoryParts, type MemoryParts } from './memory-parts.ts';
import { ACCOUNT_PRODUCT, type ScriptedAccount, scriptAccount } from './scripted-account.ts';
import { accepted } from './test-device.ts';

/** Of a run that was not interrupted. */
export const FRESH: Checkpoint = {
  wasInterrupted: false,
  positionOf: () => undefined,
  save: async () => undefined,
};

export type TestMove = {
  parts: MemoryParts;
  script: ScriptedAccount;
  /** Of the one product that the account has. */
  productKey: string;
  move(changes?: Partial<Moving>, wanted?: readonly string[]): ReturnType<typeof moveIn>;
  /** Expects success, and resolves to the report of the first product. */
  moveAll(changes?: Partial<Moving>): Promise<ProductReport>;
  /** As it is here. */
  device(deviceName: string): Promise<DeviceRecord>;
};

/** An account with one product, to be moved into a memory store. */
export function openTestMove(): TestMove {
  const parts = createMemoryParts();
  const script = scriptAccount();
  script.products.push(ACCOUNT_PRODUCT);
  const productKey = String(ACCOUNT_PRODUCT['ProductKey']);
  const move: TestMove['move'] = (changes = {}, wanted = []) =>
    moveIn(wanted, {
      ...parts,
      account: script.account,
      checkpoint: FRESH,
      isDryRun: false,
      contents: new Set(DEVICE_CONTENTS),
      onProduct: () => undefined,
      onProgress: () => undefined,
      ...changes,
    });
  return {
    parts,
    script,
    productKey,
    move,
    moveAll: async (changes) => {
      const [report] = accepted(await move(changes));
      if (!report) throw new Error('no product was moved');
      return report;
    },
    device: async (deviceName) =>
      accepted(await findDevice({ productKey, deviceName }, parts.store)),
  };
}
