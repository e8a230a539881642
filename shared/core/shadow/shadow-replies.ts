import { Buffer } from 'node:buffer';
import type { Failure } from '../../model/failure.ts';
import type { ShadowRecord } from '../../model/tables.ts';
import { stateOf } from './shadow-document.ts';

/** What goes along with every answer. */
export type Answered = {
  /** Of the request: the C SDK tells by it which of its requests is answered. */
  clientToken?: string | undefined;
  nowMs: number;
};

/** `/shadow/update/${pk}/${dn}`, where devices ask, and `/shadow/get/…`, where they are answered. */
export function shadowTopic(
  action: 'update' | 'get',
  { productKey, deviceName }: { productKey: string; deviceName: string },
): string {
  return `/shadow/${action}/${productKey}/${deviceName}`;
}

/** To a change. The version is in the payload, as opposed to every other message (protocol.md 6.1). */
export function changeReply(version: number, answered: Answered): Buffer {
  return message('reply', { payload: { status: 'success', version } }, answered);
}

/** To a get. */
export function documentReply(shadow: ShadowRecord, answered: Answered): Buffer {
  const payload = { status: 'success', ...stateOf(shadow) };
  return message('reply', { payload, version: shadow.version }, answered);
}

/** What a device has to obey: all that is desired, and what it last reported. */
export function controlMessage(shadow: ShadowRecord, nowMs: number): Buffer {
  const payload = { status: 'success', ...stateOf(shadow) };
  return message('control', { payload, version: shadow.version }, { nowMs });
}

/** With a code of protocol.md 6.3; whatever else went wrong is the server's. */
export function refusalReply(failure: Failure, answered: Answered): Buffer {
  const { code, text } = codeOf(failure);
  const content = { errorcode: String(code), errormessage: text };
  return message('reply', { payload: { status: 'error', content } }, answered);
}

function codeOf(failure: Failure): { code: number; text: string } {
  switch (failure.kind) {
    case 'shadow-refused':
      return { code: failure.code, text: failure.message };
    case 'identity-source-throttled':
      return { code: 429, text: 'too many requests' };
    default:
      return { code: 500, text: 'the server failed' };
  }
}

function message(method: 'reply' | 'control', body: object, answered: Answered): Buffer {
  const { clientToken, nowMs } = answered;
  return Buffer.from(
    JSON.stringify({
      method,
      ...body,
      timestamp: Math.floor(nowMs / 1000),
      ...(clientToken !== undefined && { clientToken }),
    }),
  );
}
