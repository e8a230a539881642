import type { Store } from '../../ports/table.ts';
import type { RandomBytes } from '../random/random-text.ts';
import type { Sealing } from '../sealing/sealing.ts';

/** What the rules about products and devices work with. */
export type Registry = {
  store: Store;
  sealing: Sealing;
  nowMs: () => number;
  randomBytes: RandomBytes;
};

/** A device by its identity triple without the secret, or by its iotId. */
export type DeviceReference = { productKey: string; deviceName: string } | { iotId: string };
