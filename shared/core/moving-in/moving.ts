import type { Account, DevicePosition } from '../../ports/account.ts';
import type { Registry } from '../devices/registry.ts';
import type { AccountDevice } from './account-device.ts';
import type { DeviceContent, Tally } from './moving-report.ts';

/** What moving an account in works with. */
export type Moving = Registry & {
  account: Account;
  checkpoint: Checkpoint;
  /** Counts what would be done, and does nothing. What belongs to devices is not asked for then. */
  isDryRun: boolean;
  /** What comes along with devices. Each kind is a call a device: most of the time that moving takes. */
  contents: ReadonlySet<DeviceContent>;
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

/** Of the modules that have properties. Without an id: the default one. */
export type ModuleName = { functionBlockId?: string; functionBlockName?: string };

/** What moving the devices of a product works with. */
export type Work = { modules: readonly ModuleName[]; moving: Moving; tally: Tally };

export type MovedDevice = Pick<AccountDevice, 'productKey' | 'deviceName' | 'iotId'>;

/** What is asked for of each device. */
export function contentsOf({
  isDryRun,
  contents,
}: Pick<Moving, 'isDryRun' | 'contents'>): ReadonlySet<DeviceContent> {
  return isDryRun ? new Set() : contents;
}
