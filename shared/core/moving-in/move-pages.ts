import { ok, type Result } from '../../model/failure.ts';
import type { DevicePage, DevicePosition } from '../../ports/account.ts';
import { moveDeviceContent } from './move-device-content.ts';
import { moveDevices } from './move-devices.ts';
import type { Work } from './moving.ts';
import { noteProblem, type Tally } from './moving-report.ts';

/**
 * Moves the devices of a product, from the beginning or from where an interrupted run stood, and notes
 * where the account did not list all of them. Refuses what the account refuses.
 */
export async function movePages(
  from: DevicePosition | undefined,
  work: Work,
): Promise<Result<void>> {
  const { moving, tally } = work;
  const { productKey } = tally;
  let devices = 0;
  let firstTotal: number | undefined;
  for await (const page of moving.account.devicePages(productKey, from)) {
    if (!page.ok) {
      // A token of the interrupted run may have grown too old: from the beginning, then.
      const isStale = from !== undefined && devices === 0;
      return isStale ? movePages(undefined, work) : page;
    }
    const moved = await movePage(page.value, work);
    if (!moved.ok) return moved;
    const { next, total } = page.value;
    devices += page.value.devices.length;
    firstTotal ??= total;
    moving.onProgress({ productKey, devices, total });
    if (next) await moving.checkpoint.save(productKey, next);
    else judgeListing({ devices, firstTotal, total }, tally);
  }
  return ok(undefined);
}

async function movePage({ devices }: DevicePage, work: Work): Promise<Result<void>> {
  const moved = await moveDevices(devices, work.moving, work.tally);
  return moved.ok ? moveDeviceContent(moved.value, work) : moved;
}

type Listing = { devices: number; firstTotal: number; total: number };

/**
 * The account may list fewer devices than it counts: no more than a million of a product. And what
 * moves up, because one before it was deleted, may slip from a page that comes into one that has been.
 */
function judgeListing({ devices, firstTotal, total }: Listing, tally: Tally): void {
  if (total !== firstTotal) {
    const counts = `${firstTotal} devices at first and ${total} at last`;
    noteProblem(tally, `the account counted ${counts}: run it again`);
  } else if (!tally.isResumed && devices < total) {
    noteProblem(tally, `the account counts ${total} devices and listed ${devices}: run it again`);
  } else {
    tally.isWhole = !tally.isResumed;
  }
}
