import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createAliyunAccount } from '../../../shared/adapters/aliyun/account.ts';
import { callsPerSecondOf } from '../../../shared/adapters/aliyun/call-limits.ts';
import {
  createPopClient,
  PopUnreachableError,
} from '../../../shared/adapters/aliyun/pop-client.ts';
import { moveIn } from '../../../shared/core/moving-in/move-in.ts';
import { type ProductReport, refusalText } from '../../../shared/core/moving-in/moving-report.ts';
import type { CliConfig } from '../../../shared/runtime/cli-config.ts';
import { aliyunCredentials } from '../../../shared/runtime/role-credentials.ts';
import { ANY_STORE_OPTIONS, type StoreParts, storePlace, withAnyStore } from '../any-store.ts';
import { STORE_USAGE } from '../cloud-stores.ts';
import { type Command, CommandError, type Terminal, UsageError } from '../command.ts';
import { DATA_DIR_USAGE, folderConfig } from '../folder.ts';
import { NO_CHECKPOINT, openCheckpoint } from '../moving-checkpoint.ts';
import { movingProgressText, movingReportJson, movingReportText } from '../moving-report-text.ts';
import { parseOptions } from '../options.ts';
import { createProgressLine, type ProgressLine, progressOn } from '../progress-line.ts';

const MOST_CALLS_PER_SECOND = 10_000;

/** `mooring import aliyun`: brings an account of Alibaba Cloud over, see docs/migration.md. */
export const importAliyun: Command = {
  summary: 'move products and devices of an Alibaba Cloud account in',
  usage: `Usage: mooring import aliyun [options]

Reads products, thing models, devices and their last values through the account's OpenAPI and stores
them with the same keys, names, secrets and IotIds: in the data folder, or in the tables of a store in a
cloud, with the keys of its functions in MOORING_SEALING_KEYS. Runs beside the processes that have the
folder or the tables open. What is there already is changed only where it differs, so the command may be
interrupted and run again; an interrupted run goes on where it stood, which is noted in the data folder.
See docs/migration.md.

  --endpoint URL           of the IoT OpenAPI (default: MOORING_ALIYUN_ENDPOINT, else
                           https://iot.cn-shanghai.aliyuncs.com)
  --instance ID            of a purchased instance (default: MOORING_ALIYUN_INSTANCE_ID)
  --product KEY            only this product; may be given several times
  --dry-run                counts what would be done, and writes nothing
  --without-values         leaves the last values of properties out: they take a call a device
  --calls-per-second N     of all calls together (default: of each action half of what the platform
                           allows an account); throttled calls are repeated
  --report FILE            writes the report as JSON too
  --access-key-id ID       default: ALIBABA_CLOUD_ACCESS_KEY_ID
  --access-key-secret KEY  better in ALIBABA_CLOUD_ACCESS_KEY_SECRET, out of the shell's history
${STORE_USAGE}
${DATA_DIR_USAGE}
`,
  run: async (args, { terminal, readConfig }) => {
    const { values, positionals } = parseOptions(args, OPTIONS);
    if (positionals[0] !== 'aliyun' || positionals.length > 1) {
      throw new UsageError('Say what to import from: mooring import aliyun.');
    }
    const config = folderConfig(readConfig(), values['data-dir']);
    const job = jobOf(values, config);
    if (values.report) requireWritable(values.report);
    const reports = await move(job, config, terminal);
    const isDryRun = job.isDryRun;
    terminal.out(movingReportText(reports, isDryRun));
    if (values.report) writeFileSync(values.report, movingReportJson(reports, isDryRun));
    return 0;
  },
};

const OPTIONS = {
  ...ANY_STORE_OPTIONS,
  endpoint: { type: 'string' },
  instance: { type: 'string' },
  product: { type: 'string', multiple: true },
  'dry-run': { type: 'boolean', default: false },
  'without-values': { type: 'boolean', default: false },
  'calls-per-second': { type: 'string' },
  report: { type: 'string' },
  'access-key-id': { type: 'string' },
  'access-key-secret': { type: 'string' },
} as const;

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>['values'];

type Job = {
  /** `--store`. */
  store: string | undefined;
  aliyun: CliConfig['aliyun'];
  productKeys: readonly string[];
  isDryRun: boolean;
  withValues: boolean;
  callsPerSecond: number | ((action: string) => number);
};

function jobOf(values: Values, { aliyun }: CliConfig): Job {
  const endpoint = values.endpoint ?? aliyun.endpoint;
  if (!/^https?:\/\/[^/]+\/?$/.test(endpoint)) {
    throw new UsageError(
      `The endpoint "${endpoint}" is not of the form http://host:port or https://host.`,
    );
  }
  return {
    store: values.store,
    aliyun: {
      ...aliyun,
      endpoint,
      ...(values.instance && { instanceId: values.instance }),
      ...accessKeyOf(values),
    },
    productKeys: values.product ?? [],
    isDryRun: values['dry-run'],
    withValues: !values['without-values'],
    callsPerSecond: paceOf(values['calls-per-second']),
  };
}

/** A key of the command line is a lasting one, whatever token the environment has. */
function accessKeyOf(values: Values) {
  const accessKeyId = values['access-key-id'];
  const accessKeySecret = values['access-key-secret'];
  return {
    ...(accessKeyId && { accessKeyId, securityToken: '' }),
    ...(accessKeySecret && { accessKeySecret }),
  };
}

function paceOf(text: string | undefined): Job['callsPerSecond'] {
  if (text === undefined) return callsPerSecondOf;
  const pace = Number(text);
  if (pace > 0 && pace <= MOST_CALLS_PER_SECOND) return pace;
  throw new UsageError(
    `--calls-per-second is "${text}", not a number up to ${MOST_CALLS_PER_SECOND}; example: --calls-per-second 10`,
  );
}

/** Told before hours of work, not after them. */
function requireWritable(path: string): void {
  try {
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : cause;
    throw new CommandError(`--report: ${path} cannot be written: ${code}`, { cause });
  }
}

async function move(
  job: Job,
  config: CliConfig,
  terminal: Terminal,
): Promise<readonly ProductReport[]> {
  const progress = createProgressLine(progressOn(terminal));
  const moved = await withAnyStore(job.store, config, (parts) =>
    moveInto(parts, { job, config, progress }).catch(explain),
  );
  progress.end();
  if (moved.ok) return moved.value;
  throw new CommandError(
    `${job.aliyun.endpoint}: ${refusalText(moved.failure)}. What was moved until then stays; run the command again to go on.`,
  );
}

type Run = { job: Job; config: CliConfig; progress: ProgressLine };

async function moveInto(parts: StoreParts, { job, config, progress }: Run) {
  const { store, aliyun, isDryRun, withValues } = job;
  const { endpoint, instanceId = '' } = aliyun;
  const name = JSON.stringify([endpoint, instanceId, withValues, storePlace(store, config)]);
  const checkpoint = isDryRun ? NO_CHECKPOINT : openCheckpoint(config.dataDir, name);
  const result = await moveIn(job.productKeys, {
    ...parts,
    nowMs: () => Date.now(),
    randomBytes,
    account: createAliyunAccount(openClient(job)),
    checkpoint,
    isDryRun,
    withValues,
    onProgress: (reached) => progress.show(movingProgressText(reached)),
  });
  if (result.ok) checkpoint.finish();
  return result;
}

function openClient({ aliyun, callsPerSecond }: Job) {
  return createPopClient({
    endpoint: aliyun.endpoint,
    ...(aliyun.instanceId !== undefined && { instanceId: aliyun.instanceId }),
    credentials: aliyunCredentials(aliyun),
    nowMs: () => performance.now(),
    waitMs: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    randomFraction: Math.random,
    callsPerSecond,
  });
}

function explain(error: unknown): never {
  if (!(error instanceof PopUnreachableError)) throw error;
  throw new CommandError(`${error.message} What was moved until then stays.`, { cause: error });
}
