import type { Account, DevicePosition } from '../../ports/account.ts';
import type { Registry } from '../devices/registry.ts';
import type { Tally } from './moving-report.ts';

/** What moving an account in works with. */
export type Moving = Registry & {
  account: Account;
  checkpoint: Checkpoint;
  /** Counts what would be done, and does nothing. Last values are not asked for then. */
  isDryRun: boolean;
  /** One call a device and module: most of the time that moving takes. */
  withValues: boolean;
  /** Told of each product before it is moved; its counts grow while it is. */
  onProduct(tally: Tally): void;
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

/** Whether the last values of devices are asked for. */
export function asksForValues({
  isDryRun,
  withValues,
}: Pick<Moving, 'isDryRun' | 'withValues'>): boolean {
  return withValues && !isDryRun;
}
