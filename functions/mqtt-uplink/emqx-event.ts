import { Buffer } from 'node:buffer';
import { readJsonObject } from '../../shared/core/alink/decode-json.ts';
import type { JsonObject } from '../../shared/core/alink/json-object.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { ConnectionChange } from './take-connection.ts';
import type { BrokerMessage } from './take-message.ts';

/** What the rules of docs/brokers.md have EMQX post. */
export type EmqxEvent =
  | { kind: 'message'; message: BrokerMessage }
  | { kind: 'connection'; change: ConnectionChange };

/** Refuses `malformed-request`. */
export function readEmqxEvent(body: Buffer): Result<EmqxEvent> {
  const fields = readJsonObject(body);
  if (!fields) return malformed('the body is not a JSON object');
  switch (fields['event']) {
    case 'message.publish':
      return readMessage(fields);
    case 'client.connected':
      return readChange(fields, 'online');
    case 'client.disconnected':
      return readChange(fields, 'offline');
    default:
      return malformed(
        'event is not one of message.publish, client.connected, client.disconnected',
      );
  }
}

/**
 * Without a username it is no device's: EMQX hands over what was published through its API too, and
 * to take that for an uplink would answer our own answers.
 */
function readMessage({ topic, payload, username }: JsonObject): Result<EmqxEvent> {
  if (typeof username !== 'string' || username === '') {
    return malformed('username is missing: the rule has to leave out what no client published');
  }
  if (typeof topic !== 'string') return malformed('topic is missing');
  if (typeof payload !== 'string' || !BASE64.test(payload)) {
    return malformed('payload is not base64: the rule has to select base64_encode(payload)');
  }
  const message = { topic, username, payload: Buffer.from(payload, 'base64') };
  return ok({ kind: 'message', message });
}

function readChange(fields: JsonObject, status: ConnectionChange['status']): Result<EmqxEvent> {
  const { username, clientid, peername, reason } = fields;
  const at = fields[status === 'online' ? 'connected_at' : 'disconnected_at'];
  if (typeof username !== 'string' || typeof clientid !== 'string') {
    return malformed('clientid or username is missing');
  }
  if (typeof at !== 'number' || !Number.isSafeInteger(at) || at < 0) {
    return malformed('connected_at or disconnected_at is missing');
  }
  const change = {
    status,
    username,
    clientId: clientid,
    clientIp: addressOf(peername),
    atMs: at,
    isTakenOver: reason === 'takenover' || reason === 'discarded',
  };
  return ok({ kind: 'connection', change });
}

/** Of `203.0.113.7:51234` and `[2001:db8::7]:51234`. */
function addressOf(peername: unknown): string {
  if (typeof peername !== 'string') return '';
  return peername.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

const malformed = (reason: string) => refuse({ kind: 'malformed-request', reason });

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
