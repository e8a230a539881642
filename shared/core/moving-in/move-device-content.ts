import { ok, type Result } from '../../model/failure.ts';
import type { AccountDevice } from './account-device.ts';
import { moveDesired } from './move-desired.ts';
import { moveShadow } from './move-shadow.ts';
import { moveTags } from './move-tags.ts';
import { moveValues } from './move-values.ts';
import { contentsOf, type MovedDevice, type Work } from './moving.ts';
import { type DeviceContent, noteProblem, type Outcome, refusalText } from './moving-report.ts';

type Part = {
  label: string;
  /** Undefined where there is nothing to move. Refuses what the account refuses. */
  move(device: MovedDevice, work: Work): Promise<Result<Outcome | undefined>>;
};

const PARTS: Readonly<Record<DeviceContent, Part>> = {
  values: { label: 'last values', move: moveValues },
  shadows: { label: 'shadow', move: moveShadow },
  desired: { label: 'desired values', move: moveDesired },
  tags: { label: 'tags', move: moveTags },
};

/**
 * Moves what belongs to devices, all at once: each kind is a call a device, and desired and last values
 * one a module. What is refused is noted. Refuses only where the account limits calls, and settles
 * only when nothing is under way any more.
 */
export async function moveDeviceContent(
  devices: readonly AccountDevice[],
  work: Work,
): Promise<Result<void>> {
  const results = await Promise.allSettled(
    [...contentsOf(work.moving)].flatMap((content) =>
      devices
        .filter((device) => content !== 'values' || hasSignedIn(device))
        .map((device) => movePart(content, device, work)),
    ),
  );
  const moved = results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  return moved.find((result) => !result.ok) ?? ok(undefined);
}

/** Nobody else has last values. */
function hasSignedIn({ status, activatedAtMs }: AccountDevice): boolean {
  return status !== 'UNACTIVE' && activatedAtMs !== null;
}

async function movePart(
  content: DeviceContent,
  device: MovedDevice,
  work: Work,
): Promise<Result<void>> {
  const { tally } = work;
  const { label, move } = PARTS[content];
  const moved = await move(device, work);
  if (moved.ok) {
    if (moved.value) tally[content][moved.value] += 1;
    return ok(undefined);
  }
  if (moved.failure.kind === 'identity-source-throttled') return moved;
  tally[content].refused += 1;
  noteProblem(tally, `${label}: ${refusalText(moved.failure)}`, device.deviceName);
  return ok(undefined);
}
