import { readJsonObject } from '../../shared/core/alink/decode-json.ts';
import type { JsonObject } from '../../shared/core/alink/json-object.ts';
import { ok, type Refusal, type Result, refuse } from '../../shared/model/failure.ts';
import type { Hook } from './hooks.ts';

/**
 * The JSON of EMQX's HTTP authenticator and authorizer, with the members that docs/brokers.md configures.
 * Refuses `malformed-request`.
 */
export function readEmqxHook(body: Buffer, path: 'auth' | 'acl'): Result<Hook> {
  const members = readJsonObject(body);
  if (!members) return malformed('the body is not a JSON object');
  const clientId = textOf(members, 'clientid');
  const username = textOf(members, 'username') ?? '';
  if (clientId === undefined) return malformed('clientid is missing');
  if (path === 'auth') {
    const sourceIp = textOf(members, 'peerhost');
    // EMQX calls with no password and with an empty one alike.
    const password = textOf(members, 'password') ?? '';
    return ok({ kind: 'login', username, clientId, password, sourceIp });
  }
  const topic = textOf(members, 'topic');
  const action = textOf(members, 'action');
  if (topic === undefined || (action !== 'publish' && action !== 'subscribe'))
    return malformed('topic is missing, or action is neither publish nor subscribe');
  return ok({ kind: 'topic', username, clientId, topic, action });
}

function textOf(members: JsonObject, name: string): string | undefined {
  const member = members[name];
  return typeof member === 'string' ? member : undefined;
}

function malformed(reason: string): Refusal {
  return refuse({ kind: 'malformed-request', reason });
}
