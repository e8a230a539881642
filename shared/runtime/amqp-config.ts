import { type Reading, textOf } from './environment.ts';
import { type Count, readCount } from './read-count.ts';
import type { TlsFiles } from './tls-files.ts';

/** Of the server-side subscription of the local stack. Port 0 picks a free one. With `tls`, `port` answers both. */
export type AmqpConfig = {
  host: string;
  port: number;
  /** A second one, that consumers of the platform's have in their code; absent without `tls`. */
  tlsPort?: number;
  tls?: TlsFiles;
  /** Messages from the backlog of a consumer group (protocol.md 8.4). */
  backlogPerSecond: number;
};

const PORT: Count = { what: 'port', from: 0, to: 65_535, fallback: 5672 };
const TLS_PORT: Count = { what: 'port', from: 0, to: 65_535, fallback: 5671 };
const BACKLOG: Count = { what: 'number', from: 1, to: 100_000, fallback: 200 };

/** Undefined where it is `off`. */
export function readAmqp(
  { host, tls }: { host: string; tls?: TlsFiles },
  reading: Reading,
): AmqpConfig | undefined {
  const { env } = reading;
  if (textOf(env, 'MOORING_AMQP_PORT') === 'off') return undefined;
  const port = readCount('MOORING_AMQP_PORT', PORT, reading);
  const tlsPort = readCount('MOORING_AMQPS_PORT', TLS_PORT, reading);
  // Who chooses the one port has chosen both, unless he says so.
  const isOwn = textOf(env, 'MOORING_AMQPS_PORT') !== undefined;
  const hasTlsPort = tls && (isOwn || textOf(env, 'MOORING_AMQP_PORT') === undefined);
  return {
    host,
    port,
    ...(hasTlsPort && { tlsPort }),
    ...(tls && { tls }),
    backlogPerSecond: readCount('MOORING_AMQP_BACKLOG_PER_SECOND', BACKLOG, reading),
  };
}
