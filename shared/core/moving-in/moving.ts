import type { Account, DevicePosition } from '../../ports/account.ts';
import type { Registry } from '../devices/registry.ts';

/** What moving an account in works with. */
export type Moving = Registry & {
  account: Account;
  checkpoint: Checkpoint;
  /** Counts what would be done, and does nothing. Last values are not asked for then. */
  isDryRun: boolean;
  /** One call a device and module: most of the time that moving takes. */
  withValues: boolean;
  onProgress(progress: MovingProgress): void;
};

export type MovingProgress = { productKey: string; devices: number; total: number };

/** Where an earlier run was interrupted. Moving is right without one, and then begins anew. */
export type Checkpoint = {
  wasInterrupted: boolean;
  /** Undefined for a product that was not begun. */
  positionOf(productKey: string): DevicePosition | 'done' | undefined;
  save(productKey: string, position: DevicePosition | 'done'): Promise<void>;
};
