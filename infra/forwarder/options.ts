import { parseArgs } from 'node:util';

export type Options = {
  help: boolean;
  /** Undefined: rules are in the store. */
  rulesFile?: string;
  /** Undefined: the data folder. */
  store?: 'dynamodb' | 'tablestore';
  dataDir?: string;
};

export const USAGE = `Usage: npm run forwarder -- [--rules FILE.json | --store NAME | --data-dir DIR]

Takes messages from an AMQP 1.0 source, hands them to functions by rules, and accepts each once its
function has succeeded. Runs until SIGTERM, then ends what it has in hand. docs/forwarder.md says more.

  --rules FILE.json    rules from a file, as mooring rules list --json writes it
  --store NAME         rules from the tables of dynamodb or tablestore
  --data-dir DIR       rules from a data folder (default: MOORING_DATA_DIR, else .mooring)
  --help               prints this

Rules are read again every 10 s. The rest is in the environment:

  MOORING_FORWARDER_SOURCE       amqps://1234567890.iot-amqp.cn-shanghai.aliyuncs.com:5671, or with a
                                 user: amqp://user:password@host:5672
  MOORING_FORWARDER_ACCESS_KEY_ID, MOORING_FORWARDER_ACCESS_KEY_SECRET
                                 for a source without a user (default: ALIBABA_CLOUD_ACCESS_KEY_ID
                                 and ALIBABA_CLOUD_ACCESS_KEY_SECRET)
  MOORING_FORWARDER_GROUP        consumer group (default: DEFAULT_GROUP)
  MOORING_FORWARDER_INSTANCE_ID  of a purchased instance
  MOORING_FORWARDER_ADDRESS      of a broker: /queue/NAME (default: none)
  MOORING_FORWARDER_CLIENT_ID    another one for each consumer (default: made anew)
  MOORING_FORWARDER_DEAD_LETTERS release (default), reject, /queue/NAME, amqp://user:password@host#address,
                                 fc3:FUNCTION, fc2:SERVICE/FUNCTION, lambda:FUNCTION or a URL
  MOORING_FORWARDER_WINDOW       messages that gather for calls or are in them (default: 1000)
  MOORING_FORWARDER_CALLS        calls at a time (default: 100)
  MOORING_FORWARDER_CALL_TIMEOUT_MS (default: 30000)
  MOORING_FORWARDER_DRAIN_MS     for what is in hand at the end (default: 10000)
  MOORING_FORWARDER_HTTP_PORT    of /healthz and /metrics (default: 9090; 0 picks a free one)
  MOORING_FC_ACCOUNT_ID, MOORING_FC_REGION, MOORING_FC_ENDPOINT, MOORING_LAMBDA_ENDPOINT, AWS_REGION
                                 where functions are
`;

export class OptionsError extends Error {
  override name = 'OptionsError';
}

/** @throws OptionsError */
export function readOptions(args: readonly string[]): Options {
  const { help, rules, store, 'data-dir': dataDir } = parse(args);
  if ([rules, store, dataDir].filter((value) => value !== undefined).length > 1) {
    throw new OptionsError('Give one of --rules, --store and --data-dir.');
  }
  if (store !== undefined && store !== 'dynamodb' && store !== 'tablestore') {
    throw new OptionsError(`There is no store "${store}": there are dynamodb and tablestore.`);
  }
  return {
    help,
    ...(rules !== undefined && { rulesFile: rules }),
    ...(store !== undefined && { store }),
    ...(dataDir !== undefined && { dataDir }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new OptionsError(cause.message, { cause });
  }
}

const OPTIONS = {
  help: { type: 'boolean', default: false },
  rules: { type: 'string' },
  store: { type: 'string' },
  'data-dir': { type: 'string' },
} as const;
