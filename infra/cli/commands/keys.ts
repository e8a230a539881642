import { randomBytes } from 'node:crypto';
import { createKeyRing, KEY_BYTES } from '../../../shared/core/keys/key-ring.ts';
import {
  type ResealCount,
  type ResealParts,
  resealSecrets,
} from '../../../shared/core/sealing/reseal.ts';
import type { CliConfig } from '../../../shared/runtime/cli-config.ts';
import {
  addKeys,
  dropOldKeys,
  type KeyRotation,
  promoteKeys,
  readKeyRotation,
} from '../../../shared/runtime/key-rotation.ts';
import { refuseBothPlaces } from '../any-store.ts';
import { STORE_OPTION, STORE_USAGE, withCloudStore } from '../cloud-stores.ts';
import { type Command, CommandError, type Terminal, UsageError } from '../command.ts';
import {
  DATA_DIR_OPTION,
  DATA_DIR_USAGE,
  folderConfig,
  openSealing,
  requireData,
  withStore,
} from '../folder.ts';
import { suggestion } from '../nearest.ts';
import { onlyPositional, parseOptions } from '../options.ts';
import { createProgressLine, progressOn } from '../progress-line.ts';

/** `mooring keys`: rotates the keys that seal secrets and sign tokens, see key-rotation.ts. */
export const keys: Command = {
  summary: 'rotate the keys that seal secrets and sign tokens',
  usage: `Usage: mooring keys list                   [--data-dir DIR]
       mooring keys add                    [--data-dir DIR]
       mooring keys reseal   --restarted   [--data-dir DIR]
       mooring keys drop-old --restarted   [--data-dir DIR]
       mooring keys reseal   --restarted   --store dynamodb|tablestore

A process reads its keys when it starts, so a rotation has three steps and two restarts:

  1. add        puts a new sealing key and a new token key into keys.json, not in use yet.
                Then restart every process on the data folder: each one now knows the new keys.
  2. reseal     puts the new keys in front and seals every stored secret anew. May be interrupted
                and run again. Then restart every process: each one now uses the new keys.
  3. drop-old   seals what was written with an old key meanwhile and takes the old keys out.
                A device whose token an old key signed is told to sign in again, and does so.

With MOORING_SEALING_KEYS set, only reseal is of use here, and on a store in a cloud it is all there
is: see docs/operations.md.

  --restarted          you have restarted every process since the step before (or none is running)
${DATA_DIR_USAGE}
${STORE_USAGE}
`,
  run: async (args, { terminal, readConfig }) => {
    const { values, positionals } = parseOptions(args, OPTIONS);
    const step = stepOf(positionals);
    const config = folderConfig(readConfig(), values['data-dir']);
    if (values.store === undefined) {
      requireData(config);
      if (step !== STEPS['reseal']) refuseForeignKeys(config);
    } else {
      refuseFolderSteps(step);
      refuseBothPlaces(values);
    }
    if (step.needsRestart && !values.restarted) {
      throw new UsageError(
        'Every process on the records must have been restarted since the step before: one that was not would meet secrets that it cannot open. Say so with --restarted.',
      );
    }
    if (values.store === undefined) await step.run(config, terminal);
    else await withCloudStore(values.store, config, (parts) => resealAll(parts, terminal));
    return 0;
  },
};

const OPTIONS = {
  ...DATA_DIR_OPTION,
  ...STORE_OPTION,
  restarted: { type: 'boolean', default: false },
} as const;

type Step = {
  needsRestart: boolean;
  run(config: CliConfig, terminal: Terminal): Promise<void> | void;
};

const STEPS: Readonly<Record<string, Step>> = {
  list: { needsRestart: false, run: list },
  add: { needsRestart: false, run: add },
  reseal: { needsRestart: true, run: reseal },
  'drop-old': { needsRestart: true, run: dropOld },
};

function stepOf(positionals: readonly string[]): Step {
  const name = onlyPositional(positionals);
  const names = Object.keys(STEPS);
  if (name === undefined) throw new UsageError(`Say one of ${names.join(', ')}.`);
  const step = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined;
  if (step) return step;
  throw new UsageError(`There is no "keys ${name}".${suggestion(name, names)}`);
}

function hasForeignKeys({ tokenKeys, sealingKeys }: CliConfig): boolean {
  return tokenKeys.length > 0 || sealingKeys.length > 0;
}

/** The key file would be changed in vain. */
function refuseForeignKeys(config: CliConfig): void {
  if (!hasForeignKeys(config)) return;
  throw new CommandError(
    'MOORING_TOKEN_KEYS or MOORING_SEALING_KEYS is set, so keys.json is not in use; see docs/operations.md for rotating keys of the environment.',
  );
}

/** Keys of a store in a cloud are those of the environment, and there is no file to change. */
function refuseFolderSteps(step: Step): void {
  if (step === STEPS['reseal']) return;
  throw new UsageError('Of the steps only reseal takes --store: the other ones change keys.json.');
}

function list({ dataDir }: CliConfig, terminal: Terminal): void {
  terminal.out(describe(readKeyRotation(dataDir)));
}

function add({ dataDir }: CliConfig, terminal: Terminal): void {
  terminal.out(describe(addKeys(dataDir, () => randomBytes(KEY_BYTES))));
  terminal.err(
    'Next: restart every process on this data folder, then mooring keys reseal --restarted\n',
  );
}

/** Keys of the environment are in the order that their owner gave them: the first one seals. */
async function reseal(config: CliConfig, terminal: Terminal): Promise<void> {
  if (hasForeignKeys(config)) return resealFolder(config, terminal);
  const rotation = promoteKeys(config.dataDir);
  terminal.out(describe(rotation));
  await resealFolder(config, terminal);
  const hasOldKeys = rotation.sealing.length > 1 || rotation.token.length > 1;
  if (!hasOldKeys) return;
  terminal.err(
    'Next: restart every process on this data folder, then mooring keys drop-old --restarted\n',
  );
}

async function dropOld(config: CliConfig, terminal: Terminal): Promise<void> {
  const { pending } = readKeyRotation(config.dataDir);
  if (pending) {
    throw new CommandError('Keys were added and are not in use yet: mooring keys reseal is next.');
  }
  await resealFolder(config, terminal);
  terminal.out(describe(dropOldKeys(config.dataDir)));
}

async function resealFolder(config: CliConfig, terminal: Terminal): Promise<void> {
  const sealing = openSealing(config);
  await withStore(config, (store) => resealAll({ store, sealing }, terminal));
}

async function resealAll(
  parts: Pick<ResealParts, 'store' | 'sealing'>,
  terminal: Terminal,
): Promise<void> {
  const progress = createProgressLine(progressOn(terminal));
  const onProgress = (count: ResealCount) => progress.show(countText(count));
  const count = await resealSecrets({ ...parts, onProgress }).finally(progress.end);
  terminal.out(`${countText(count)}\n`);
}

function countText({ sealed, current }: ResealCount): string {
  return `${sealed} secrets sealed anew, ${current} had the current key already`;
}

/** The ids of the keys (core/keys), which give nothing away. */
function describe({ token, sealing, pending }: KeyRotation): string {
  const line = (name: string, all: readonly Buffer[]) => {
    const ids = all.map((key) => createKeyRing([key]).current.id);
    const texts = ids.map((id, index) => `${id} ${roleOf(index, ids.length, pending)}`);
    return `${name} ${texts.join(', ')}\n`;
  };
  return line('sealing', sealing) + line('token  ', token);
}

function roleOf(index: number, count: number, pending: boolean): string {
  if (index === 0) return '(in use)';
  return pending && index === count - 1 ? '(new, not in use yet)' : '(old)';
}
