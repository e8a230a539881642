import { createConnectDevice } from '../../shared/core/mqtt/connect-device.ts';
import type { ConnectParts } from '../../shared/core/mqtt/connect-parts.ts';
import { carriesHookToken } from '../../shared/core/mqtt/hook-token.ts';
import { createRefusalLog } from '../../shared/core/mqtt/refusal-log.ts';
import { type Result, refuse } from '../../shared/model/failure.ts';
import type { Handler, Reply, Request } from '../../shared/model/http.ts';
import type { Log } from '../../shared/ports/log.ts';
import { createAmqpLogins } from './amqp-logins.ts';
import { createConnectedDevices } from './connected-devices.ts';
import { type DecideParts, decide } from './decide.ts';
import { readEmqxHook } from './emqx-hook.ts';
import type { Broker, Hook } from './hooks.ts';
import { QUESTIONS, readRabbitmqHook } from './rabbitmq-hook.ts';

type MqttAuthDeps = Omit<ConnectParts, 'canPush'> & {
  log: Log;
  /** What a broker has to send; undefined: hooks are open to whoever reaches them. */
  hookToken?: string | undefined;
};

/**
 * `/mqtt/auth` and `/mqtt/acl`: whether a broker lets a device in, and to a topic. JSON is EMQX's, a
 * form RabbitMQ's. A broker takes any other status than 200 for no answer, and some then let in whom
 * they know nothing of: so every answer is 200, and a fault is a denial.
 */
export function createHandler({ log, hookToken, ...deps }: MqttAuthDeps): Handler {
  const parts: DecideParts = {
    connectDevice: createConnectDevice({ ...deps, canPush: false }),
    devices: createConnectedDevices(deps),
    amqpLogins: createAmqpLogins(deps),
    store: deps.store,
    log,
  };
  const { nowMs } = deps;
  const logins = createRefusalLog('MQTT sign-in refused', { log, nowMs });
  const topics = createRefusalLog('MQTT topic refused', { log, nowMs });
  return async (request) => {
    if (!carriesHookToken(request, hookToken)) return UNAUTHORIZED;
    const broker = isJson(request) ? 'emqx' : 'rabbitmq';
    try {
      const hook = readHook(request, broker);
      const decided = hook.ok ? await decide(hook.value, broker, parts) : hook;
      if (decided.ok) return replyOf(broker, true, 'success');
      const asked = hook.ok
        ? askedBy(hook.value, request)
        : { username: '', sourceIp: request.sourceIp };
      const refusals = hook.ok && hook.value.kind !== 'login' ? topics : logins;
      refusals.refused(asked, decided.failure);
      return replyOf(broker, false, decided.failure.kind);
    } catch (error) {
      const { requestId, path } = request;
      log.error({ requestId, path, error }, 'the hook failed');
      return replyOf(broker, false, 'fault');
    }
  };
}

function isJson({ headers }: Request): boolean {
  return headers['content-type']?.toLowerCase().startsWith('application/json') === true;
}

function readHook(request: Request, broker: Broker): Result<Hook> {
  const [, kind, question] = PATH.exec(request.path) ?? [];
  if (request.body.length > BODY_LIMIT_BYTES)
    return refuse({ kind: 'payload-too-large', limitBytes: BODY_LIMIT_BYTES });
  if (kind !== 'auth' && kind !== 'acl')
    return refuse({ kind: 'malformed-request', reason: 'no hook has this path' });
  if (broker === 'emqx') return readEmqxHook(request.body, kind);
  const form = request.method === 'GET' ? request.query : request.body.toString('utf8');
  const asked = QUESTIONS.find((candidate) => candidate === question);
  return readRabbitmqHook(form, asked ?? (kind === 'auth' ? 'user' : undefined));
}

function askedBy(hook: Hook, { sourceIp }: Request) {
  if (hook.kind === 'vhost') return { username: '', sourceIp };
  const address = (hook.kind === 'login' ? hook.sourceIp : undefined) ?? sourceIp;
  return { username: hook.username, sourceIp: address };
}

function replyOf(broker: Broker, isAllowed: boolean, outcome: string): Reply {
  const result = isAllowed ? 'allow' : 'deny';
  if (broker === 'rabbitmq')
    return { status: 200, contentType: 'text/plain; charset=utf-8', body: result, outcome };
  const body = JSON.stringify({ result, is_superuser: false });
  return { status: 200, contentType: 'application/json', body, outcome };
}

/** With a token configured there is no telling who asks: nothing of the request is read. */
const UNAUTHORIZED: Reply = {
  status: 401,
  contentType: 'text/plain; charset=utf-8',
  body: 'deny',
  outcome: 'token-absent',
};

const PATH = /^\/mqtt\/(auth|acl)(?:\/(user|vhost|resource|topic))?$/;
/** A client id and a username have 64 KB at most in MQTT; none that is let in has a tenth of that. */
const BODY_LIMIT_BYTES = 32 * 1024;
