import { readJsonObject } from '../../../shared/core/alink/decode-json.ts';
import { isJsonObject } from '../../../shared/core/alink/json-object.ts';

/**
 * What a message that arrived says against one of the device: the code and text of a `_reply` whose code is
 * not 200 (protocol.md 4.1), or those of a shadow (6.1). Undefined for any other message.
 */
export function refusalIn(arrived: { topic: string; payload: Uint8Array }): string | undefined {
  const { topic } = arrived;
  if (topic.startsWith('/sys/') && topic.endsWith('_reply')) return refusalOfReply(arrived);
  return topic.startsWith('/shadow/get/') ? refusalOfShadow(arrived) : undefined;
}

function refusalOfReply({ topic, payload }: { topic: string; payload: Uint8Array }) {
  const { code, message } = readJsonObject(payload) ?? {};
  if (code === undefined || code === SUCCESS) return undefined;
  return `${topic.slice(0, -'_reply'.length)}: ${code} ${message}`;
}

function refusalOfShadow({ topic, payload }: { topic: string; payload: Uint8Array }) {
  const { payload: reply } = readJsonObject(payload) ?? {};
  if (!isJsonObject(reply) || reply['status'] !== 'error') return undefined;
  const { content } = reply;
  if (!isJsonObject(content) || content['errorcode'] === EMPTY) return undefined;
  return `${topic.replace('/get/', '/update/')}: ${content['errorcode']} ${content['errormessage']}`;
}

const SUCCESS = 200;

/** The answer to whoever asks for a shadow that was never used (protocol.md 6.3). */
const EMPTY = '407';
