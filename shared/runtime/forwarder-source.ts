import { randomBytes } from 'node:crypto';
import { type Reading, textOf } from './environment.ts';

/** Where messages come from, and how to sign in there. */
export type ForwarderSource = {
  server: Pick<ParsedUrl, 'host' | 'port' | 'isTls' | 'vhost'>;
  login: SourceLogin;
  /** Undefined: none, as a consumer group wants it. */
  address?: string;
  clientId: string;
};

/** `aksign` is that of a consumer group (protocol.md 8.1). */
type SourceLogin =
  | { kind: 'plain'; username: string; password: string }
  | {
      kind: 'aksign';
      accessKeyId: string;
      accessKeySecret: string;
      consumerGroupId: string;
      instanceId?: string;
    };

export type ParsedUrl = {
  host: string;
  port: number;
  isTls: boolean;
  /** The path, of a RabbitMQ. */
  vhost?: string;
  login?: { username: string; password: string };
  /** What stands behind the `#`. */
  address?: string;
};

const SOURCE = 'MOORING_FORWARDER_SOURCE';
const PORT = 5672;
const TLS_PORT = 5671;

/** The access key of the source is the account's, unless it has one of its own. */
export function readSource(reading: Reading): ForwarderSource | undefined {
  const { env, problems } = reading;
  const text = textOf(env, SOURCE);
  if (text === undefined) return undefined;
  const parsed = parseAmqpUrl(text);
  if (!parsed) {
    problems.push(
      `${SOURCE} is not of the form amqp://user:password@host:5672 or amqps://host:5671, with %, @ and / in the password as %25, %40 and %2F; example: ${SOURCE}=amqps://1234567890.iot-amqp.cn-shanghai.aliyuncs.com:5671`,
    );
    return undefined;
  }
  const { host, port, isTls, vhost } = parsed;
  const login = parsed.login ? { kind: 'plain' as const, ...parsed.login } : readAksign(reading);
  if (!login) return undefined;
  const address = textOf(env, 'MOORING_FORWARDER_ADDRESS') ?? parsed.address;
  return {
    server: { host, port, isTls, ...(vhost !== undefined && { vhost }) },
    login,
    ...(address !== undefined && { address }),
    clientId: readClientId(reading),
  };
}

function readAksign({ env, problems }: Reading): SourceLogin | undefined {
  const accessKeyId =
    textOf(env, 'MOORING_FORWARDER_ACCESS_KEY_ID') ?? textOf(env, 'ALIBABA_CLOUD_ACCESS_KEY_ID');
  const accessKeySecret =
    textOf(env, 'MOORING_FORWARDER_ACCESS_KEY_SECRET') ??
    textOf(env, 'ALIBABA_CLOUD_ACCESS_KEY_SECRET');
  const instanceId = textOf(env, 'MOORING_FORWARDER_INSTANCE_ID');
  const consumerGroupId = textOf(env, 'MOORING_FORWARDER_GROUP') ?? 'DEFAULT_GROUP';
  if (/[\s,|=]/.test(`${consumerGroupId}${instanceId ?? ''}${accessKeyId ?? ''}`)) {
    problems.push(
      'MOORING_FORWARDER_GROUP, MOORING_FORWARDER_INSTANCE_ID and the id of the access key have no white space, comma, | or = in them; example: MOORING_FORWARDER_GROUP=DEFAULT_GROUP',
    );
  }
  if (accessKeyId === undefined || accessKeySecret === undefined) {
    problems.push(
      `${SOURCE} has no user, so an access key has to sign in there: set MOORING_FORWARDER_ACCESS_KEY_ID and MOORING_FORWARDER_ACCESS_KEY_SECRET, or ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET; example: MOORING_FORWARDER_ACCESS_KEY_ID=LTAI5tExample`,
    );
    return undefined;
  }
  return {
    kind: 'aksign',
    accessKeyId,
    accessKeySecret,
    consumerGroupId,
    ...(instanceId !== undefined && { instanceId }),
  };
}

/** Another one for each process, since consumers of a group are told apart by it. */
function readClientId({ env, problems }: Reading): string {
  const text = textOf(env, 'MOORING_FORWARDER_CLIENT_ID');
  if (text === undefined) return `mooring-forwarder-${randomBytes(6).toString('hex')}`;
  if (!/^[^|\s]{1,64}$/.test(text)) {
    problems.push(
      `MOORING_FORWARDER_CLIENT_ID is "${text}", not 1 to 64 characters without white space and |; example: MOORING_FORWARDER_CLIENT_ID=forwarder-1`,
    );
  }
  return text;
}

/** Undefined for what is no such URL. A port that is left out is that of the scheme. */
export function parseAmqpUrl(text: string): ParsedUrl | undefined {
  if (!/^amqps?:\/\/\S+$/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const parts = [url.username, url.password, url.pathname.slice(1), url.hash.slice(1)].map(decoded);
  const [username, password, vhost, address] = parts;
  if (parts.includes(undefined) || url.hostname === '' || url.search !== '') return undefined;
  const isTls = url.protocol === 'amqps:';
  const port = url.port === '' ? (isTls ? TLS_PORT : PORT) : Number(url.port);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    isTls,
    ...(username && { login: { username, password: password ?? '' } }),
    ...(vhost && { vhost }),
    ...(address && { address }),
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
