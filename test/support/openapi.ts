import { randomBytes, randomUUID } from 'node:crypto';
import type { ActionParts } from '../../functions/openapi/action.ts';
import { createHandler } from '../../functions/openapi/handler.ts';
import { createMemoryBus } from '../../shared/adapters/memory/memory-bus.ts';
import {
  createMemoryDownlink,
  type MemoryDownlink,
} from '../../shared/adapters/memory/memory-downlink.ts';
import { createMemoryStore } from '../../shared/adapters/memory/memory-store.ts';
import { ACCESS_KEYS_PARTITION } from '../../shared/core/access-keys/access-keys.ts';
import { createLocalAnswers } from '../../shared/core/answers/local-answers.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { createMessageIdSource } from '../../shared/core/message-id/message-id-source.ts';
import { createSealing } from '../../shared/core/sealing/sealing.ts';
import { createOwnShadows } from '../../shared/core/shadow/own-shadows.ts';
import { rpcSign } from '../../shared/core/signing/openapi/rpc-sign.ts';
import type { Handler, Request } from '../../shared/model/http.ts';
import type { Log, LogFields } from '../../shared/ports/log.ts';
import { later } from '../../shared/runtime/wait.ts';
import { createCounter } from './test-clock.ts';

export const ACCESS_KEY_ID = 'akTest01';
export const ACCESS_KEY_SECRET = 'skTest01';
export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

type ApiBody = { Code?: string; Success?: boolean } & Record<string, unknown>;
type ApiReply = { status: number; body: ApiBody };

export type TestApi = {
  registry: ActionParts;
  downlink: MemoryDownlink;
  handler: Handler;
  log: Log;
  logged: { message: string; fields: LogFields }[];
  clock: { nowMs: number };
  /** Signs as an RPC client does; what `changed` names goes out other than it was signed. */
  call(action: string, params?: Params, changed?: Params): Promise<ApiReply>;
  send(request: Partial<Request>): Promise<ApiReply>;
};

export type Params = Readonly<Record<string, string | number | boolean>>;

/** The OpenAPI handler over a memory store that holds one access key. The clock stands still until it is set. */
export async function openTestApi(startMs = NOW_MS): Promise<TestApi> {
  const clock = { nowMs: startMs };
  const nowMs = () => clock.nowMs;
  const sealing = createSealing(createKeyRing([randomBytes(32)]), randomBytes);
  const store = createMemoryStore({ nowMs });
  const downlink = createMemoryDownlink();
  const { log, logged } = recordingLog();
  const registry = {
    store,
    sealing,
    nowMs,
    randomBytes,
    downlink,
    answers: createLocalAnswers(later),
    bus: createMemoryBus({ nowMs }),
    shadows: createOwnShadows({ store }),
    newMessageId: createMessageIdSource({
      seen: store.table('seen'),
      nowMs,
      randomInteger: createCounter(),
    }),
    log,
  };
  const sealedSecret = sealing.seal(ACCESS_KEY_SECRET, `access-key/${ACCESS_KEY_ID}`);
  const key = { partition: ACCESS_KEYS_PARTITION, sort: ACCESS_KEY_ID };
  await registry.store.table('access_keys').insert(key, { sealedSecret, createdAtMs: startMs });

  const newRequestId = () => randomUUID().toUpperCase();
  const handler = createHandler({ parts: registry, log, newRequestId });
  const send: TestApi['send'] = async (request) => {
    const reply = await handler({ ...EMPTY_REQUEST, ...request });
    return { status: reply.status, body: JSON.parse(reply.body) };
  };
  const call: TestApi['call'] = (action, params = {}, changed = {}) => {
    const signed = signedQuery(action, params, clock.nowMs);
    return send({ query: toQuery({ ...signed, ...changed }) });
  };
  return { registry, downlink, handler, log, logged, clock, call, send };
}

/** The whole query of a call, `Signature` included. */
export function signedQuery(action: string, params: Params, atMs: number): Record<string, string> {
  const signed = {
    Action: action,
    Version: '2018-01-20',
    Format: 'JSON',
    AccessKeyId: ACCESS_KEY_ID,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
    ...Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)])),
  };
  const Signature = rpcSign({ method: 'GET', params: signed }, ACCESS_KEY_SECRET);
  return { ...signed, Signature };
}

export function toQuery(params: Params): string {
  const text = Object.entries(params).map(([name, value]): [string, string] => [name, `${value}`]);
  return new URLSearchParams(text).toString();
}

export const EMPTY_REQUEST: Request = {
  method: 'GET',
  path: '/',
  query: '',
  headers: { host: 'iot.test' },
  body: Buffer.alloc(0),
  sourceIp: '127.0.0.1',
  requestId: 'trigger-1',
};

function recordingLog() {
  const logged: TestApi['logged'] = [];
  const write = (fields: LogFields, message: string) => {
    logged.push({ fields, message });
  };
  const log: Log = { info: write, warn: write, error: write };
  return { log, logged };
}
