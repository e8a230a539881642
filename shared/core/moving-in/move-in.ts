import { type Failure, ok, type Result } from '../../model/failure.ts';
import type { DevicePage, DevicePosition } from '../../ports/account.ts';
import { rebuildDeviceIndexes } from '../devices/device-indexes.ts';
import { countDevicesOf } from '../products/products.ts';
import { walkPartition } from '../records/walk-partition.ts';
import { textIn } from './account-members.ts';
import { type AccountProduct, readProduct } from './account-product.ts';
import { moveDevices } from './move-devices.ts';
import { moveProduct } from './move-product.ts';
import { type ModuleName, moveThingModels } from './move-thing-models.ts';
import { moveValues } from './move-values.ts';
import type { Moving } from './moving.ts';
import {
  newTally,
  noteProblem,
  type ProductReport,
  refusalText,
  reportOf,
  type Tally,
} from './moving-report.ts';

/**
 * Moves products of an account here with their thing models, devices and last values: all of them, or
 * those that are named. What is here already is changed where it differs, so that it may be
 * interrupted and run again. What cannot be moved is in the reports. Refuses what the account refuses
 * as a whole; whatever was moved until then stays.
 */
export async function moveIn(
  wanted: readonly string[],
  moving: Moving,
): Promise<Result<readonly ProductReport[]>> {
  const productKeys = wanted.length > 0 ? ok([...new Set(wanted)]) : await listProducts(moving);
  if (!productKeys.ok) return productKeys;
  const reports: ProductReport[] = [];
  for (const productKey of productKeys.value) {
    const tally = newTally(productKey);
    const moved = await moveOne(moving, tally);
    if (!moved.ok) return moved;
    reports.push(reportOf(tally));
  }
  return ok(reports);
}

async function listProducts({ account }: Moving): Promise<Result<readonly string[]>> {
  const productKeys = new Set<string>();
  for await (const page of account.productPages()) {
    if (!page.ok) return page;
    for (const entry of page.value) productKeys.add(textIn(entry, 'ProductKey'));
  }
  return ok([...productKeys].filter((productKey) => productKey !== ''));
}

async function moveOne(moving: Moving, tally: Tally): Promise<Result<void>> {
  const { productKey } = tally;
  const shown = await moving.account.product(productKey);
  if (!shown.ok) {
    return isOfProduct(shown.failure) ? leaveOut(tally, refusalText(shown.failure)) : shown;
  }
  tally.productName = textIn(shown.value, 'ProductName');
  const read = readProduct(shown.value);
  if ('reason' in read) return leaveOut(tally, read.reason);
  tally.product = await moveProduct(read.value, moving);
  return moveContent(read.value, moving, tally);
}

/** Any other, as that of an access key, the next product would meet as well. */
function isOfProduct(failure: Failure): boolean {
  return failure.kind === 'identity-source-refused' && failure.code.startsWith('iot.prod.');
}

function leaveOut(tally: Tally, reason: string): Result<void> {
  tally.product = 'refused';
  noteProblem(tally, reason);
  return ok(undefined);
}

async function moveContent(
  product: AccountProduct,
  moving: Moving,
  tally: Tally,
): Promise<Result<void>> {
  const modules = await moveThingModels(product, moving, tally);
  if (!modules.ok) return modules;
  if (product.nodeType === GATEWAY) noteProblem(tally, TOPOLOGY_REASON);
  const { productKey } = product;
  const position = moving.checkpoint.positionOf(productKey);
  tally.isResumed = position !== undefined;
  if (position !== 'done') {
    const devices = await movePages(position, modules.value, { moving, tally });
    if (!devices.ok) return devices;
    await moving.checkpoint.save(productKey, 'done');
  }
  await mendIndexes(moving, tally);
  return ok(undefined);
}

const GATEWAY = 1;
const TOPOLOGY_REASON =
  'gateway: its topology is not moved yet; the gateway and its sub-devices are';

type Work = { moving: Moving; tally: Tally };

async function movePages(
  from: DevicePosition | undefined,
  modules: readonly ModuleName[],
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
      return isStale ? movePages(undefined, modules, work) : page;
    }
    const moved = await movePage(page.value, modules, work);
    if (!moved.ok) return moved;
    const { next, total } = page.value;
    devices += page.value.devices.length;
    firstTotal ??= total;
    moving.onProgress({ productKey, devices, total });
    if (next) await moving.checkpoint.save(productKey, next);
    else noteMissing({ devices, firstTotal, total }, tally);
  }
  return ok(undefined);
}

async function movePage(
  { devices }: DevicePage,
  modules: readonly ModuleName[],
  { moving, tally }: Work,
): Promise<Result<void>> {
  const moved = await moveDevices(devices, moving, tally);
  if (!moved.ok) return moved;
  if (moving.isDryRun || !moving.withValues) return ok(undefined);
  const results = await Promise.allSettled(
    moved.value.map((device) => moveValues(device, { modules, moving, tally })),
  );
  // Only now: nothing may go on behind a move that has failed.
  const values = results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  return values.find((result) => !result.ok) ?? ok(undefined);
}

type Listing = { devices: number; firstTotal: number; total: number };

/**
 * The account may list fewer devices than it counts: no more than a million of a product. And what
 * moves up, because one before it was deleted, may slip from a page that comes into one that has been.
 */
function noteMissing({ devices, firstTotal, total }: Listing, tally: Tally): void {
  if (total !== firstTotal) {
    const counts = `${firstTotal} devices at first and ${total} at last`;
    noteProblem(tally, `the account counted ${counts}: run it again`);
  } else if (!tally.isResumed && devices < total) {
    noteProblem(tally, `the account counts ${total} devices and listed ${devices}: run it again`);
  }
}

/** A run that was killed between devices and their indexes left these behind. */
async function mendIndexes({ store, checkpoint, isDryRun }: Moving, tally: Tally): Promise<void> {
  if (isDryRun || !(checkpoint.wasInterrupted || tally.lacksIndexes)) return;
  const { productKey } = tally;
  let devices = 0;
  for await (const _ of walkPartition(store.table('devices'), productKey)) devices += 1;
  const isCounted = devices === (await countDevicesOf(productKey, store));
  if (tally.lacksIndexes || !isCounted) await rebuildDeviceIndexes(productKey, store);
}
