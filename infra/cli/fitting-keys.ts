import { requireFittingKeys } from '../../shared/core/sealing/require-fitting-keys.ts';
import { SealError, type Sealing } from '../../shared/core/sealing/sealing.ts';
import type { Store } from '../../shared/ports/table.ts';
import { CommandError } from './command.ts';

/** What a command works with that opens or seals secrets. */
export type StoreParts = { store: Store; sealing: Sealing };

/** Before a command seals anything. @throws CommandError that ends with `advice` where the keys are others. */
export async function refuseOtherKeys(parts: StoreParts, advice: string): Promise<void> {
  try {
    await requireFittingKeys(parts);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new CommandError(`${error.message}. ${advice}`, { cause: error });
  }
}
