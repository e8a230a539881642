import { ok, type Result, refuse } from '../../model/failure.ts';
import type { ThingModel } from '../../model/tsl.ts';
import { BASIC } from '../products/platform-codes.ts';
import { importThingModel } from '../thing-models/import-thing-model.ts';
import { DEFAULT_MODULE, findThingModel } from '../thing-models/thing-models.ts';
import { parseThingModel } from '../tsl/check-thing-model.ts';
import { textIn } from './account-members.ts';
import type { AccountProduct } from './account-product.ts';
import type { ModuleName, Moving } from './moving.ts';
import { noteProblem, type Outcome, refusalText, type Tally } from './moving-report.ts';

const DEFAULT: ModuleName = {};

/**
 * Moves the thing model of a product, module by module, and returns the modules of which devices may
 * have values. A module that cannot be moved is noted. Refuses only where the account limits calls.
 */
export async function moveThingModels(
  { productKey, aliyunCommodityCode }: AccountProduct,
  moving: Moving,
  tally: Tally,
): Promise<Result<readonly ModuleName[]>> {
  if (aliyunCommodityCode === BASIC) return ok([]);
  const names = await listModules(productKey, moving, tally);
  if (!names.ok) return names;
  const withProperties: ModuleName[] = [];
  for (const name of names.value) {
    const read = await readModule(productKey, name, moving);
    const moved = read.ok ? await moveModule(productKey, read.value, moving) : read;
    if (!moved.ok) {
      if (moved.failure.kind === 'identity-source-throttled') return moved;
      tally.thingModels.refused += 1;
      noteProblem(tally, `thing model: ${refusalText(moved.failure)}`, name.functionBlockId);
    } else if (moved.value) {
      tally.thingModels[moved.value] += 1;
    }
    if (read.ok && read.value.thingModel.properties.length > 0) withProperties.push(name);
  }
  return ok(withProperties);
}

/** What the account says when it is asked for a thing model of the edition without (protocol.md 7.5). */
const NO_THING_MODEL = 'iot.prod.NotSeniorProduct';

async function listModules(
  productKey: string,
  { account }: Moving,
  tally: Tally,
): Promise<Result<readonly ModuleName[]>> {
  const listed = await account.modules(productKey);
  if (listed.ok) {
    const named = listed.value.flatMap((entry) => {
      const functionBlockId = textIn(entry, 'functionBlockId');
      const functionBlockName = textIn(entry, 'functionBlockName') || functionBlockId;
      return functionBlockId === '' ? [] : [{ functionBlockId, functionBlockName }];
    });
    return ok([DEFAULT, ...named]);
  }
  const { failure } = listed;
  if (failure.kind === 'identity-source-throttled') return listed;
  if (failure.kind === 'identity-source-refused' && failure.code === NO_THING_MODEL) return ok([]);
  noteProblem(tally, `the modules of the thing model: ${refusalText(failure)}`);
  return ok([DEFAULT]);
}

type AccountModule = { name: ModuleName; tslText: string; thingModel: ThingModel };

async function readModule(
  productKey: string,
  name: ModuleName,
  { account }: Moving,
): Promise<Result<AccountModule>> {
  const tsl = await account.thingModel(productKey, name.functionBlockId);
  if (!tsl.ok) return tsl;
  if (tsl.value === '') return refuse({ kind: 'invalid-thing-model', reason: 'it is empty' });
  const parsed = parseThingModel(tsl.value);
  return parsed.ok ? ok({ name, tslText: tsl.value, thingModel: parsed.value }) : parsed;
}

/** Undefined for a default module with nothing in it, which every product has from the start. */
async function moveModule(
  productKey: string,
  { name, tslText, thingModel }: AccountModule,
  moving: Moving,
): Promise<Result<Outcome | undefined>> {
  const { functionBlockId = DEFAULT_MODULE } = name;
  const local = await findThingModel(productKey, functionBlockId, moving.store);
  if (!local && functionBlockId === DEFAULT_MODULE && isEmpty(thingModel)) return ok(undefined);
  if (local && hasSameContent(local, thingModel)) return ok('unchanged');
  if (!moving.isDryRun) {
    const imported = await importThingModel(
      { productKey, functionBlockId, ...name, tslText },
      moving,
    );
    if (!imported.ok) return imported;
  }
  return ok(local ? 'changed' : 'added');
}

const isEmpty = ({ properties, events, services }: ThingModel): boolean =>
  properties.length + events.length + services.length === 0;

/** Both have been read by the same rules, so that their members stand in the same order. */
function hasSameContent(one: ThingModel, other: ThingModel): boolean {
  return textOf(one) === textOf(other);
}

function textOf({ properties, events, services }: ThingModel): string {
  return JSON.stringify([properties, events, services]);
}
