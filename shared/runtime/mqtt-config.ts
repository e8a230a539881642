import { present, type Reading, readOrigin, textOf } from './environment.ts';
import type { TlsFiles } from './tls-files.ts';

/** Of the broker of the local stack. Port 0 picks a free one. With `tls`, both ports answer both. */
export type MqttConfig = {
  host: string;
  port: number;
  wsPort: number;
  tls?: TlsFiles;
  /** Sign-ins of one device (protocol.md 3.9). */
  connectsPerMinute: number;
};

/** How messages reach devices; `embedded` is the broker of the local stack, `none` refuses them. */
export type DownlinkKind = (typeof DOWNLINKS)[number];

export const DOWNLINKS = ['embedded', 'emqx', 'rabbitmq', 'aliyun', 'none'] as const;

/** Brokers that are not ours. */
export type BrokersConfig = {
  emqx: { endpoint?: string; apiKey?: string; apiSecret?: string };
  /** `amqp://user:password@host:port/vhost`: holds a password, so it is not for the log. */
  rabbitmqUrl?: string;
  /** What a broker has to send with a hook. Absent: hooks are open to whoever reaches them. */
  hookToken?: string;
};

export function readBrokers(reading: Reading): BrokersConfig {
  const { env } = reading;
  return {
    emqx: present({
      endpoint: readOrigin('MOORING_EMQX_ENDPOINT', 'http://127.0.0.1:18083', reading),
      apiKey: textOf(env, 'MOORING_EMQX_API_KEY'),
      apiSecret: textOf(env, 'MOORING_EMQX_API_SECRET'),
    }),
    ...present({
      rabbitmqUrl: readAmqpUrl(reading),
      hookToken: textOf(env, 'MOORING_HOOK_TOKEN'),
    }),
  };
}

/** The message never shows the value: it holds a password. */
function readAmqpUrl({ env, problems }: Reading): string | undefined {
  const text = textOf(env, 'MOORING_RABBITMQ_URL');
  if (text === undefined || isAmqpUrl(text)) return text;
  problems.push(
    'MOORING_RABBITMQ_URL is not of the form amqp://user:password@host:5672, with % and / in the password as %25 and %2F; example: MOORING_RABBITMQ_URL=amqp://mooring:secret@127.0.0.1:5672',
  );
  return undefined;
}

/** As whoever connects will read it: an error of its parser would carry the value into the log. */
function isAmqpUrl(text: string): boolean {
  if (!/^amqps?:\/\/\S+$/.test(text) || !URL.canParse(text)) return false;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
