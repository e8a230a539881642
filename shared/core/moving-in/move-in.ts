import { type Failure, ok, type Result } from '../../model/failure.ts';
import { rebuildDeviceIndexes } from '../devices/device-indexes.ts';
import { countDevicesOf } from '../products/products.ts';
import { walkPartition } from '../records/walk-partition.ts';
import { textIn } from './account-members.ts';
import { type AccountProduct, readProduct } from './account-product.ts';
import { movePages } from './move-pages.ts';
import { moveProduct } from './move-product.ts';
import { moveThingModels } from './move-thing-models.ts';
import { moveTopics } from './move-topics.ts';
import { contentsOf, type Moving } from './moving.ts';
import {
  newTally,
  noteProblem,
  type ProductReport,
  refusalText,
  reportOf,
  type Tally,
} from './moving-report.ts';

/**
 * Moves products of an account here with their thing models, custom topics and devices, and what belongs to
 * these: all of them, or those that are named. What is here already is changed where it differs, so that it may be
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
    moving.onProduct(tally);
    const moved = await moveOne(moving, tally);
    if (!moved.ok) return moved;
    reports.push(reportOf(tally, contentsOf(moving)));
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
  const topics = await moveTopics(moving, tally);
  if (!topics.ok) return topics;
  if (product.nodeType === GATEWAY) tally.notes.push(TOPOLOGY_NOTE);
  const { productKey } = product;
  const position = moving.checkpoint.positionOf(productKey);
  tally.isResumed = position !== undefined;
  if (position !== 'done') {
    const devices = await movePages(position, { modules: modules.value, moving, tally });
    if (!devices.ok) return devices;
    await moving.checkpoint.save(productKey, 'done');
  }
  await mendIndexes(moving, tally);
  await noteOnlyHere(moving, tally);
  return ok(undefined);
}

const GATEWAY = 1;
const TOPOLOGY_NOTE = 'gateway: its topology is not moved yet; the gateway and its sub-devices are';

/** A run that was killed between devices and their indexes left these behind. */
async function mendIndexes({ store, checkpoint, isDryRun }: Moving, tally: Tally): Promise<void> {
  if (isDryRun || !(checkpoint.wasInterrupted || tally.lacksIndexes)) return;
  const { productKey } = tally;
  let devices = 0;
  for await (const _ of walkPartition(store.table('devices'), productKey)) devices += 1;
  const isCounted = devices === (await countDevicesOf(productKey, store));
  if (tally.lacksIndexes || !isCounted) await rebuildDeviceIndexes(productKey, store);
}

/** Nothing is deleted here, so whoever compares the two counts has to be told of these. */
async function noteOnlyHere({ store, isDryRun }: Moving, tally: Tally): Promise<void> {
  if (!tally.isWhole) return;
  const { added, changed, unchanged } = tally.devices;
  const inBoth = changed + unchanged + tally.refusedHere + (isDryRun ? 0 : added);
  const onlyHere = (await countDevicesOf(tally.productKey, store)) - inBoth;
  if (onlyHere <= 0) return;
  const devices = onlyHere === 1 ? '1 device is' : `${onlyHere} devices are`;
  tally.notes.push(`${devices} here and not in the account: registered here, or deleted there`);
}
