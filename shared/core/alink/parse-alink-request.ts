import type { Buffer } from 'node:buffer';
import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import { decodeJson, readJsonObject } from './decode-json.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';

export type AlinkRequest = {
  /** Empty if the device sent none; a number became its decimal string. */
  id: string;
  version?: string;
  /** As sent; whoever needs one derives it from the topic if it is absent. */
  method?: string;
  params: JsonObject | readonly unknown[];
  /** Whether the device wants a reply: `sys.ack`, which stands unless it is 0. */
  ack: boolean;
};

/**
 * Pack and history posts nest eight deep. Beyond this, writing the body out again could overflow the
 * stack: JSON.parse does not recurse, JSON.stringify does.
 */
const MAX_DEPTH = 32;

/** What a reply needs of a request, as far as it can be read. */
type Asked = Pick<AlinkRequest, 'id' | 'ack'> & { isReadable: boolean };

/**
 * Reads the envelope of protocol.md 4.1. Refuses with `malformed-request`: not UTF-8, not a JSON
 * object, an id that is neither string nor number, params absent or neither object nor array,
 * nesting over 32 levels. A `version` or `method` of another type counts as absent. Where a member
 * comes twice the last one stands, and `__proto__` is a member like any other. `absentParams` stand in
 * for params that are absent.
 */
export function parseAlinkRequest(
  body: Buffer,
  absentParams?: AlinkRequest['params'],
): Result<AlinkRequest> {
  const envelope = decodeJson(body);
  if (envelope === undefined) return malformed('the body is not JSON in UTF-8');
  if (!isJsonObject(envelope)) return malformed('the body is not a JSON object');
  const id = idOf(envelope);
  if (id === undefined) return malformed('id is neither a string nor a number');
  const { params = absentParams, version, method } = envelope;
  if (params === undefined) return malformed('params is absent');
  if (!isJsonObject(params) && !Array.isArray(params)) {
    return malformed('params is neither an object nor an array');
  }
  if (!isShallow(params)) {
    return malformed(`params nests more than ${MAX_DEPTH} levels`);
  }
  return ok({
    id,
    ...(typeof version === 'string' ? { version } : {}),
    ...(typeof method === 'string' ? { method } : {}),
    params,
    ack: wantsReply(envelope),
  });
}

/** Of a request that was refused: with an empty id where it has none, and `isReadable` if it is a JSON object. */
export function readAsked(body: Buffer): Asked {
  const envelope = readJsonObject(body);
  if (!envelope) return { id: '', ack: true, isReadable: false };
  return { id: idOf(envelope) ?? '', ack: wantsReply(envelope), isReadable: true };
}

function malformed(reason: string): Refusal {
  return refuse({ kind: 'malformed-request', reason });
}

/** Undefined if it is neither a string nor a number; empty if there is none. */
export function idOf({ id }: JsonObject): string | undefined {
  if (typeof id === 'string') return id;
  if (typeof id === 'number') return String(id);
  return id === undefined || id === null ? '' : undefined;
}

function wantsReply({ sys }: JsonObject): boolean {
  return !isJsonObject(sys) || sys['ack'] !== 0;
}

/** Whether a value from outside may be written out again. */
export const isShallow = (value: unknown): boolean => isWithinDepth(value, MAX_DEPTH);

function isWithinDepth(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((element) => isWithinDepth(element, levels - 1));
  for (const member of Object.values(value)) {
    if (!isWithinDepth(member, levels - 1)) return false;
  }
  return true;
}
