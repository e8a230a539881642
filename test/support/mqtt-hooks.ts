import { createHandler } from '../../functions/mqtt-auth/handler.ts';
import { createSharedConnectRate } from '../../shared/core/mqtt/connect-rate.ts';
import type { Handler, Reply, Request } from '../../shared/model/http.ts';
import {
  type Credentials,
  type MqttSignIn,
  openMqttSignIn,
  signedConnect,
} from './mqtt-sign-in.ts';
import type { TestDevice } from './test-device.ts';

export type MqttHooks = Omit<MqttSignIn, 'connect'> & {
  handler: Handler;
  /** Another instance of the function over the same store. */
  another(): Handler;
};

/** The hooks over memory, with one device that has not signed in yet. */
export async function openMqttHooks(
  options: Parameters<typeof openMqttSignIn>[0] & { hookToken?: string } = {},
): Promise<MqttHooks> {
  const { hookToken, ...rest } = options;
  const { connect: _, ...suite } = await openMqttSignIn(rest);
  const { store, nowMs } = suite.parts;
  const another = () => {
    const limitPerMinute = options.connectsPerMinute ?? 1000;
    const rate = createSharedConnectRate({ seen: store.table('seen'), nowMs, limitPerMinute });
    return createHandler({ ...suite.parts, rate, hookToken });
  };
  return { ...suite, handler: another(), another };
}

type Fields = Readonly<Record<string, string | undefined>>;

export function emqxRequest(
  path: 'auth' | 'acl',
  fields: Fields | string,
  changes: Partial<Request> = {},
): Request {
  const body = Buffer.from(typeof fields === 'string' ? fields : JSON.stringify(fields));
  const headers = { 'content-type': 'application/json' };
  return { ...EMPTY_REQUEST, path: `/mqtt/${path}`, headers, body, ...changes };
}

export function rabbitmqRequest(
  path: string,
  fields: Fields,
  changes: Partial<Request> = {},
): Request {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = Buffer.from(formOf(fields));
  return { ...EMPTY_REQUEST, path: `/mqtt/${path}`, headers, body, ...changes };
}

export function formOf(fields: Fields): string {
  const sent = Object.entries(fields).filter(([, value]) => value !== undefined);
  const pairs = sent.map(([name, value]): [string, string] => [name, value ?? '']);
  return new URLSearchParams(pairs).toString();
}

const EMPTY_REQUEST: Request = {
  method: 'POST',
  path: '/',
  query: '',
  headers: {},
  body: Buffer.alloc(0),
  sourceIp: '198.51.100.1',
  requestId: 'request-1',
};

/** As docs/brokers.md has EMQX ask. */
export function emqxLogin(
  { clientId, username, password }: Credentials,
  peerhost = '192.0.2.1',
): Request {
  return emqxRequest('auth', { clientid: clientId, username, password, peerhost });
}

export function rabbitmqLogin({ clientId, username, password }: Credentials): Request {
  return rabbitmqRequest('auth/user', { username, password, vhost: '/', client_id: clientId });
}

/** A device that has signed in, and what its broker asks for it from then on. */
export async function emqxDevice(device: TestDevice, handler: Handler, clientId = 'client-1') {
  const connect = signedConnect(device, { clientId });
  const signedIn = await handler(emqxLogin(connect));
  const asking = { clientid: connect.clientId, username: connect.username };
  return {
    signedIn: isAllowed(signedIn),
    may: async (action: string, topic: string) =>
      isAllowed(await handler(emqxRequest('acl', { ...asking, action, topic }))),
  };
}

/** As emqxDevice; `may` takes topics as devices write them. */
export async function rabbitmqDevice(device: TestDevice, handler: Handler, clientId = 'client-1') {
  const connect = signedConnect(device, { clientId });
  const { username } = connect;
  const signedIn = await handler(rabbitmqLogin(connect));
  const asking = { username, vhost: '/' };
  const client = { 'variable_map.client_id': connect.clientId };
  const ask = async (path: string, fields: Fields) =>
    isAllowed(await handler(rabbitmqRequest(path, { ...asking, ...fields })));
  return {
    clientId: connect.clientId,
    signedIn: isAllowed(signedIn),
    ask,
    may: (permission: string, topic: string) =>
      ask('acl/topic', {
        ...client,
        resource: 'topic',
        name: 'amq.topic',
        permission,
        routing_key: topic.replaceAll('/', '.').replaceAll('+', '*'),
      }),
  };
}

/** Of either broker. @throws Error for an answer that is none. */
export function isAllowed({ status, contentType, body }: Reply): boolean {
  const result = contentType === 'application/json' ? JSON.parse(body).result : body;
  if (status === 200 && (result === 'allow' || result === 'deny')) return result === 'allow';
  throw new Error(`no answer to a hook: ${status} ${body}`);
}
