import { type AmqpConfig, readAmqp } from './amqp-config.ts';
import { readBusUrl } from './amqp-url.ts';
import { type AliyunConfig, readAliyun, readTables, type TablesConfig } from './cloud-config.ts';
import { decodeKey, KEY_EXAMPLE } from './decode-key.ts';
import { type Environment, type Reading, readOrigin, textOf } from './environment.ts';
import { LOG_LEVELS, type LogLevel } from './log-level.ts';
import {
  type BrokersConfig,
  DOWNLINKS,
  type DownlinkKind,
  type MqttConfig,
  readBrokers,
} from './mqtt-config.ts';
import { type Count, readCount } from './read-count.ts';
import type { TlsFiles } from './tls-files.ts';

/** What the environment says, checked. The only reader of process.env: docs/architecture.md. */
export type Config = {
  http: HttpConfig;
  dataDir: string;
  sync: SyncMode;
  /** 32 bytes each, current first; empty where the key file of the data folder is to be used. */
  tokenKeys: readonly Buffer[];
  sealingKeys: readonly Buffer[];
  logLevel: LogLevel;
  /** Where device identities come from. */
  identities: 'own' | 'aliyun';
  aliyun: AliyunConfig;
  tables: TablesConfig;
  /** Most requests for a certificate a minute from one source address. */
  certificatesPerMinute: number;
  mqtt: MqttConfig;
  /** Undefined: no consumer group is served. */
  amqp?: AmqpConfig;
  /** Undefined: `embedded` on the local stack, `none` in a function. */
  downlink?: DownlinkKind;
  brokers: BrokersConfig;
  /** Of the RabbitMQ that is the message bus: holds a password. Undefined: the bus that goes with the store. */
  busUrl?: string;
  /** Where device shadows are kept. */
  shadows: 'own' | 'aliyun';
  /** Under which devices reach the HTTP functions; undefined: the address that the local stack listens on. */
  publicUrl?: string;
};

/** `flush` answers a write when it is on the disk; `commit` at its commit, and flushes behind that. */
type SyncMode = (typeof SYNC_MODES)[number];

/** Port 0 picks a free one. With `tls`, the port answers both. */
type HttpConfig = { host: string; port: number; tls?: TlsFiles };

export class ConfigError extends Error {
  override name = 'ConfigError';
}

const SYNC_MODES = ['flush', 'commit'] as const;
const IDENTITY_SOURCES = ['own', 'aliyun'] as const;
const SHADOW_PLACES = ['own', 'aliyun'] as const;
const PORT: Count = { what: 'port', from: 0, to: 65_535, fallback: 8080 };
const MQTT_PORT: Count = { what: 'port', from: 0, to: 65_535, fallback: 1883 };
const MQTT_WS_PORT: Count = { what: 'port', from: 0, to: 65_535, fallback: 8083 };
const CONNECTS_PER_MINUTE: Count = { what: 'number', from: 1, to: 100_000, fallback: 5 };
const CERTIFICATES_PER_MINUTE: Count = { what: 'number', from: 1, to: 100_000, fallback: 600 };

/**
 * An empty variable counts as unset.
 * @throws ConfigError that names every variable at fault, what is wrong with it and an example.
 */
export function readConfig(env: Environment = process.env): Config {
  const reading: Reading = { env, problems: [] };
  const host = textOf(env, 'MOORING_HOST') ?? '127.0.0.1';
  const tls = readTls(reading);
  const downlink = readChoice('MOORING_DOWNLINK', DOWNLINKS, reading);
  const busUrl = readBusUrl(reading);
  const amqp = readAmqp({ host, ...tls }, reading);
  const publicUrl = readOrigin('MOORING_PUBLIC_URL', 'https://iot.example.com', reading);
  const config = {
    http: { host, port: readCount('MOORING_HTTP_PORT', PORT, reading), ...tls },
    mqtt: {
      host,
      port: readCount('MOORING_MQTT_PORT', MQTT_PORT, reading),
      wsPort: readCount('MOORING_MQTT_WS_PORT', MQTT_WS_PORT, reading),
      connectsPerMinute: readCount('MOORING_CONNECTS_PER_MINUTE', CONNECTS_PER_MINUTE, reading),
      ...tls,
    },
    ...(amqp && { amqp }),
    ...(downlink !== undefined && { downlink }),
    brokers: readBrokers(reading),
    ...(busUrl !== undefined && { busUrl }),
    shadows: readChoice('MOORING_SHADOWS', SHADOW_PLACES, reading) ?? 'own',
    ...(publicUrl !== undefined && { publicUrl }),
    dataDir: textOf(env, 'MOORING_DATA_DIR') ?? '.mooring',
    sync: readChoice('MOORING_SYNC', SYNC_MODES, reading) ?? 'flush',
    tokenKeys: readKeys('MOORING_TOKEN_KEYS', reading),
    sealingKeys: readKeys('MOORING_SEALING_KEYS', reading),
    logLevel: readChoice('MOORING_LOG_LEVEL', LOG_LEVELS, reading) ?? 'info',
    identities: readChoice('MOORING_IDENTITIES', IDENTITY_SOURCES, reading) ?? 'own',
    aliyun: readAliyun(reading),
    tables: readTables(reading),
    certificatesPerMinute: readCount(
      'MOORING_CERTIFICATES_PER_MINUTE',
      CERTIFICATES_PER_MINUTE,
      reading,
    ),
  };
  if (reading.problems.length > 0) {
    throw new ConfigError(['the environment is wrong:', ...reading.problems].join('\n  '));
  }
  return config;
}

function readChoice<T extends string>(
  name: string,
  choices: readonly T[],
  { env, problems }: Reading,
): T | undefined {
  const text = textOf(env, name);
  if (text === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) {
    problems.push(
      `${name} is "${text}", not one of ${choices.join(', ')}; example: ${name}=${choices[0]}`,
    );
  }
  return choice;
}

function readTls({ env, problems }: Reading): { tls?: TlsFiles } {
  const certPath = textOf(env, 'MOORING_TLS_CERT');
  const keyPath = textOf(env, 'MOORING_TLS_KEY');
  if (certPath !== undefined && keyPath !== undefined) return { tls: { certPath, keyPath } };
  if (certPath !== undefined) {
    problems.push(missingPair('MOORING_TLS_KEY', 'MOORING_TLS_CERT', '/etc/mooring/key.pem'));
  }
  if (keyPath !== undefined) {
    problems.push(missingPair('MOORING_TLS_CERT', 'MOORING_TLS_KEY', '/etc/mooring/cert.pem'));
  }
  return {};
}

function missingPair(absent: string, present: string, example: string): string {
  return `${absent} is not set, but ${present} is, and TLS needs both; example: ${absent}=${example}`;
}

/** The message never shows the value: it is a key, if a mistyped one. */
function readKeys(name: string, { env, problems }: Reading): readonly Buffer[] {
  const text = textOf(env, name);
  if (text === undefined) return [];
  const parts = text.split(',');
  return parts.flatMap((part, index) => {
    const key = decodeKey(part.trim());
    if (key) return [key];
    problems.push(
      `${name}: key ${index + 1} of ${parts.length} is not 32 bytes in base64; example: ${name}="${KEY_EXAMPLE}"`,
    );
    return [];
  });
}
