import { parseTarget } from '../core/forwarding/parse-target.ts';
import type { FunctionTarget } from '../model/forwarding.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { type Environment, present, type Reading, readOrigin, textOf } from './environment.ts';
import {
  type ForwarderSource,
  type ParsedUrl,
  parseAmqpUrl,
  readSource,
} from './forwarder-source.ts';
import { type Count, readCount } from './read-count.ts';

/** What forwarders take from the environment: docs/forwarder.md. */
export type ForwarderConfig = Pick<
  Config,
  'dataDir' | 'sync' | 'tables' | 'logLevel' | 'aliyun'
> & {
  /** Undefined where none is named: forwarders of queues are called with their messages. */
  source?: ForwarderSource;
  deadLetters: DeadLettersConfig;
  /** Messages that gather for calls or are in them. */
  window: number;
  /** At a time. */
  calls: number;
  /** Of one call. */
  callTimeoutMs: number;
  /** How long calls may go on once the process is to end. */
  drainMs: number;
  /** A drain ends when no message came for so long. */
  idleMs: number;
  /** Of a drain; undefined: what the cloud says that the call has. */
  budgetMs?: number;
  http: { host: string; port: number };
  fc: FcConfig;
  lambda: { endpoint?: string; region?: string };
  /** Where forwarders of queues put what failed: holds a password. */
  rabbitmqUrl?: string;
};

type FcConfig = { accountId?: string; region?: string; endpoint?: string };

/** `source-address` is one of the broker that the messages come from. */
type DeadLettersConfig =
  | { kind: 'release' }
  | { kind: 'reject' }
  | { kind: 'source-address'; address: string }
  | { kind: 'amqp'; server: ParsedUrl; address: string }
  | { kind: 'target'; target: FunctionTarget };

const WINDOW: Count = { what: 'number', from: 1, to: 10_000, fallback: 1000 };
const CALLS: Count = { what: 'number', from: 1, to: 10_000, fallback: 100 };
const CALL_TIMEOUT_MS: Count = { what: 'number', from: 100, to: 900_000, fallback: 30_000 };
const DRAIN_MS: Count = { what: 'number', from: 0, to: 600_000, fallback: 10_000 };
const IDLE_MS: Count = { what: 'number', from: 100, to: 600_000, fallback: 3000 };
const BUDGET_MS: Count = { what: 'number', from: 1000, to: 86_400_000, fallback: 50_000 };
const PORT: Count = { what: 'port', from: 0, to: 65_535, fallback: 9090 };

/** @throws ConfigError that names every variable at fault, what is wrong with it and an example. */
export function readForwarderConfig(env: Environment = process.env): ForwarderConfig {
  const { dataDir, sync, tables, logLevel, aliyun, brokers } = readConfig(env);
  const reading: Reading = { env, problems: [] };
  const source = readSource(reading);
  const lambdaEndpoint = readOrigin('MOORING_LAMBDA_ENDPOINT', 'http://127.0.0.1:9001', reading);
  const config = {
    dataDir,
    sync,
    tables,
    logLevel,
    aliyun,
    ...(source !== undefined && { source }),
    deadLetters: readDeadLetters(reading),
    window: readCount('MOORING_FORWARDER_WINDOW', WINDOW, reading),
    calls: readCount('MOORING_FORWARDER_CALLS', CALLS, reading),
    callTimeoutMs: readCount('MOORING_FORWARDER_CALL_TIMEOUT_MS', CALL_TIMEOUT_MS, reading),
    drainMs: readCount('MOORING_FORWARDER_DRAIN_MS', DRAIN_MS, reading),
    idleMs: readCount('MOORING_FORWARDER_IDLE_MS', IDLE_MS, reading),
    ...readBudget(reading),
    http: {
      host: textOf(env, 'MOORING_HOST') ?? '127.0.0.1',
      port: readCount('MOORING_FORWARDER_HTTP_PORT', PORT, reading),
    },
    fc: readFc(reading),
    lambda: present({ endpoint: lambdaEndpoint, region: textOf(env, 'AWS_REGION') }),
    ...present({ rabbitmqUrl: brokers.rabbitmqUrl }),
  };
  if (reading.problems.length > 0) {
    throw new ConfigError(['the environment is wrong:', ...reading.problems].join('\n  '));
  }
  return config;
}

/** @throws ConfigError where no source is named. */
export function requireSource({ source }: ForwarderConfig): ForwarderSource {
  if (source) return source;
  throw new ConfigError(
    'MOORING_FORWARDER_SOURCE is not set: it says where messages come from; example: MOORING_FORWARDER_SOURCE=amqps://1234567890.iot-amqp.cn-shanghai.aliyuncs.com:5671',
  );
}

function readBudget(reading: Reading): { budgetMs?: number } {
  const name = 'MOORING_FORWARDER_BUDGET_MS';
  if (textOf(reading.env, name) === undefined) return {};
  return { budgetMs: readCount(name, BUDGET_MS, reading) };
}

/** Function Compute tells its functions their account and region under its own names. */
function readFc(reading: Reading): FcConfig {
  const { env } = reading;
  return present({
    accountId: textOf(env, 'MOORING_FC_ACCOUNT_ID') ?? textOf(env, 'FC_ACCOUNT_ID'),
    region: textOf(env, 'MOORING_FC_REGION') ?? textOf(env, 'FC_REGION'),
    endpoint: readOrigin(
      'MOORING_FC_ENDPOINT',
      'https://1234567890.cn-shanghai-internal.fc.aliyuncs.com',
      reading,
    ),
  });
}

/** The messages never show the value: it may hold a password. */
function readDeadLetters({ env, problems }: Reading): DeadLettersConfig {
  const name = 'MOORING_FORWARDER_DEAD_LETTERS';
  const text = textOf(env, name);
  if (text === undefined || text === 'release') return { kind: 'release' };
  if (text === 'reject') return { kind: 'reject' };
  if (text.startsWith('/')) return { kind: 'source-address', address: text };
  if (/^amqps?:/.test(text)) {
    const server = parseAmqpUrl(text);
    if (server?.login && server.address) return { kind: 'amqp', server, address: server.address };
    problems.push(
      `${name} is not of the form amqp://user:password@host:port#address; example: ${name}=amqp://mooring:secret@127.0.0.1:5672#/queue/dead`,
    );
    return { kind: 'release' };
  }
  const target = parseTarget(text, null);
  if (target.ok) return { kind: 'target', target: target.value };
  problems.push(
    `${name} is none of release, reject, an address that begins with /, amqp://…#address, fc3:FUNCTION, fc2:SERVICE/FUNCTION, lambda:FUNCTION and a URL without a password; example: ${name}=/queue/dead`,
  );
  return { kind: 'release' };
}
