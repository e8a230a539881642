import { carriesHookToken } from '../../shared/core/mqtt/hook-token.ts';
import type { Result } from '../../shared/model/failure.ts';
import type { Handler, Reply, Request } from '../../shared/model/http.ts';
import { type EmqxEvent, readEmqxEvent } from './emqx-event.ts';
import { type TakeConnectionParts, takeConnection } from './take-connection.ts';
import { type TakeMessageParts, takeMessage } from './take-message.ts';

export type MqttUplinkParts = TakeMessageParts &
  TakeConnectionParts & {
    /** Undefined: nobody may call. Whoever may could speak for any device. */
    hookToken: string | undefined;
  };

/**
 * `POST /mqtt/uplink`: what devices publish on an EMQX, and that they come and go, in the JSON of the
 * rules in docs/brokers.md. The status is for EMQX, which sends again what was answered with 503 and
 * nothing else: a refusal is final and answered with 200.
 */
export function createHandler(parts: MqttUplinkParts): Handler {
  return async (request) => {
    const denied = denialOf(request, parts);
    if (denied) return denied;
    const { requestId } = request;
    try {
      const event = readEmqxEvent(request.body);
      const taken = event.ok ? await take(event.value, parts) : event;
      if (!event.ok) parts.log.warn({ requestId, refused: event.failure }, 'event refused');
      return replyOf(taken, event.ok ? OK : BAD_REQUEST);
    } catch (error) {
      parts.log.error({ requestId, error }, 'uplink failed');
      return reply(UNAVAILABLE, { result: 'failed' }, 'fault');
    }
  };
}

function take(event: EmqxEvent, parts: MqttUplinkParts): Promise<Result<string>> {
  return event.kind === 'message'
    ? takeMessage(event.message, parts)
    : takeConnection(event.change, parts);
}

function denialOf(request: Request, { hookToken, log }: MqttUplinkParts): Reply | undefined {
  if (request.method !== 'POST') {
    return reply(NOT_ALLOWED, { result: 'refused', reason: 'POST only' }, 'malformed-request');
  }
  if (hookToken === undefined) {
    const reason = 'no token is configured: set MOORING_HOOK_TOKEN';
    return reply(FORBIDDEN, { result: 'refused', reason }, 'token-absent');
  }
  if (carriesHookToken(request, hookToken)) return undefined;
  log.warn({ requestId: request.requestId, sourceIp: request.sourceIp }, 'hook token refused');
  return reply(UNAUTHORIZED, { result: 'refused', reason: 'wrong token' }, 'token-forged');
}

function replyOf(taken: Result<string>, status: number): Reply {
  if (taken.ok) return reply(status, { result: 'ok', messageId: taken.value }, 'success');
  const { failure } = taken;
  const reason = 'reason' in failure ? failure.reason : failure.kind;
  return reply(status, { result: 'refused', reason }, failure.kind);
}

function reply(status: number, body: object, outcome: string): Reply {
  return { status, contentType: 'application/json', body: JSON.stringify(body), outcome };
}

const OK = 200;
const BAD_REQUEST = 400;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const NOT_ALLOWED = 405;
const UNAVAILABLE = 503;
