import { callsPerSecondOf } from '../../../shared/adapters/aliyun/call-limits.ts';
import {
  DEVICE_CONTENTS,
  type DeviceContent,
} from '../../../shared/core/moving-in/moving-report.ts';
import type { CliConfig } from '../../../shared/runtime/cli-config.ts';
import { ANY_STORE_OPTIONS } from '../any-store.ts';
import { refuseOddEndpoint } from '../api-access.ts';
import { CommandError, UsageError } from '../command.ts';
import type { parseOptions } from '../options.ts';

export const IMPORT_OPTIONS = {
  ...ANY_STORE_OPTIONS,
  endpoint: { type: 'string' },
  instance: { type: 'string' },
  product: { type: 'string', multiple: true },
  'dry-run': { type: 'boolean', default: false },
  without: { type: 'string', multiple: true },
  'without-values': { type: 'boolean', default: false },
  'calls-per-second': { type: 'string' },
  report: { type: 'string' },
  'access-key-id': { type: 'string' },
  'access-key-secret': { type: 'string' },
} as const;

type Values = ReturnType<typeof parseOptions<typeof IMPORT_OPTIONS>>['values'];

export type ImportJob = {
  /** `--store`. */
  store: string | undefined;
  aliyun: CliConfig['aliyun'];
  productKeys: readonly string[];
  isDryRun: boolean;
  /** What comes along with devices. */
  contents: ReadonlySet<DeviceContent>;
  callsPerSecond: number | ((action: string) => number);
};

const MOST_CALLS_PER_SECOND = 10_000;

/** What the options ask for, and the environment where they do not. @throws UsageError */
export function jobOf(values: Values, { aliyun }: CliConfig): ImportJob {
  const endpoint = values.endpoint ?? aliyun.endpoint;
  refuseOddEndpoint(endpoint);
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
    contents: contentsOf(values),
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

function contentsOf(values: Values): ReadonlySet<DeviceContent> {
  const named = (values.without ?? []).flatMap((text) => text.split(','));
  const left = new Set([...named, ...(values['without-values'] ? ['values'] : [])]);
  const unknown = named.find((name) => !DEVICE_CONTENTS.some((content) => content === name));
  if (unknown === undefined) {
    return new Set(DEVICE_CONTENTS.filter((content) => !left.has(content)));
  }
  throw new UsageError(
    `--without leaves out ${DEVICE_CONTENTS.join(', ')}, and not "${unknown}"; example: --without shadows,tags`,
  );
}

function paceOf(text: string | undefined): ImportJob['callsPerSecond'] {
  if (text === undefined) return callsPerSecondOf;
  const pace = Number(text);
  if (pace > 0 && pace <= MOST_CALLS_PER_SECOND) return pace;
  throw new UsageError(
    `--calls-per-second is "${text}", not a number over 0 and up to ${MOST_CALLS_PER_SECOND}; example: --calls-per-second 10`,
  );
}

/** @throws CommandError where the access key, or half of it, is missing. */
export function requireAccessKey({ aliyun }: ImportJob): void {
  const missing = KEY_HALVES.filter(({ member }) => !aliyun[member]);
  const [half] = missing;
  if (!half) return;
  throw new CommandError(missing.length > 1 ? NO_ACCESS_KEY : half.missing);
}

const NO_ACCESS_KEY =
  'There is no access key of the account: give --access-key-id and --access-key-secret, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET.';

const KEY_HALVES = [
  {
    member: 'accessKeyId',
    missing:
      'The id of the access key is missing: give --access-key-id, or set ALIBABA_CLOUD_ACCESS_KEY_ID.',
  },
  {
    member: 'accessKeySecret',
    missing:
      'The secret of the access key is missing: give --access-key-secret, or set ALIBABA_CLOUD_ACCESS_KEY_SECRET.',
  },
] as const;
