import { readAmqpUrl } from './amqp-url.ts';
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
      rabbitmqUrl: readAmqpUrl('MOORING_RABBITMQ_URL', reading),
      hookToken: textOf(env, 'MOORING_HOOK_TOKEN'),
    }),
  };
}
