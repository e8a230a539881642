import { readJsonObject } from '../../../shared/core/alink/decode-json.ts';
import { isJsonObject } from '../../../shared/core/alink/json-object.ts';
import { parseTopic } from '../../../shared/core/topic/parse-topic.ts';
import { isUplink } from '../../../shared/core/topic/system-topics.ts';
import type { DeviceName, Outgoing } from './simulated-device.ts';
import { propertyPost } from './uplinks.ts';

export type Reacting = {
  device: DeviceName;
  /** By service, by topic of a custom RRPC, or `rrpc`: what to answer with, instead of `{}`. */
  answers: ReadonlyMap<string, string>;
  newId(): string;
};

type Arrived = { topic: string; payload: Uint8Array };

/**
 * What a device sends for a message that arrived: its answer, and after a property set a post of these
 * properties (protocol.md 3.11, 4.4, 4.6). Nothing for what asks for no answer.
 */
export function reactTo({ topic, payload }: Arrived, reacting: Reacting): readonly Outgoing[] {
  const parsed = parseTopic(topic);
  if (!parsed.ok) return CUSTOM_RRPC.test(topic) ? [answerRrpc(topic, reacting)] : [];
  if (parsed.value.family === 'rrpc') return [answerRrpc(topic, reacting)];
  if (parsed.value.family !== 'sys' || isUplink(parsed.value)) return [];
  const { suffix } = parsed.value;
  const request = readRequest(payload);
  if (suffix.startsWith(RRPC_REQUEST)) {
    const response = topic.replace('/rrpc/request/', '/rrpc/response/');
    if (request) return answerRequest(response, request, reacting);
    return [{ topic: response, payload: reacting.answers.get('rrpc') ?? NOTHING }];
  }
  if (!request || !suffix.startsWith('thing/') || suffix.endsWith('_reply')) return [];
  return answerRequest(`${topic}_reply`, request, reacting);
}

const RRPC_REQUEST = 'rrpc/request/';

/** Its topic need not be one of the device (protocol.md 3.11). */
const CUSTOM_RRPC = /^\/ext\/rrpc\/[^/]+\//;
const NOTHING = '{}';
const SET = 'thing.service.property.set';
const SERVICE = 'thing.service.';

function answerRrpc(topic: string, { answers }: Reacting): Outgoing {
  const path = topic.replace(CUSTOM_RRPC, '/');
  return { topic, payload: answers.get(path) ?? answers.get('rrpc') ?? NOTHING };
}

type AlinkRequest = { id: string; method: string; params: unknown };

function readRequest(payload: Uint8Array): AlinkRequest | undefined {
  const request = readJsonObject(payload);
  if (!request) return undefined;
  const { id, method, params } = request;
  return typeof id === 'string' && typeof method === 'string' ? { id, method, params } : undefined;
}

function answerRequest(
  topic: string,
  { id, method, params }: AlinkRequest,
  { device, answers, newId }: Reacting,
): readonly Outgoing[] {
  const service = method.startsWith(SERVICE) ? method.slice(SERVICE.length) : method;
  const data = answers.get(service) ?? NOTHING;
  const answer = { topic, payload: `{"id":${JSON.stringify(id)},"code":200,"data":${data}}` };
  if (method !== SET || !isJsonObject(params)) return [answer];
  return [answer, propertyPost(device, params, newId())];
}
