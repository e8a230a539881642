import { requireFittingKeys } from '../../shared/core/sealing/require-fitting-keys.ts';
import type { Sealing } from '../../shared/core/sealing/sealing.ts';
import { SealError } from '../../shared/core/sealing/sealing.ts';
import type { Store } from '../../shared/ports/table.ts';
import { CommandError } from './command.ts';

/** Before a command seals anything. @throws CommandError that ends with `advice` where the keys are others. */
export async function refuseOtherKeys(
  parts: { store: Store; sealing: Sealing },
  advice: string,
): Promise<void> {
  try {
    await requireFittingKeys(parts);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new CommandError(`${error.message}. ${advice}`, { cause: error });
  }
}
