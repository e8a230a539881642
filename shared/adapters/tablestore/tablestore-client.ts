import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Credentials, type CredentialsSource, isSameKey } from '../../ports/credentials.ts';
import { createGate } from '../../ports/gate.ts';
import {
  CONDITION_FAILED,
  isPerhapsDone,
  mayRetry,
  readError,
  TablestoreError,
  TIMEOUT,
} from './tablestore-error.ts';
import {
  loadSdk,
  type Operation,
  type Requests,
  type Responses,
  type SdkClient,
  type TablestoreSdk,
} from './tablestore-sdk.ts';

export type TablestoreClientOptions = {
  /** `https://<instance>.<region>.ots.aliyuncs.com`. */
  endpoint: string;
  instance: string;
  credentials: CredentialsSource;
};

/**
 * What a conditional write came to. `unclear`: the condition failed, but at a repeat, and it may have
 * failed because an attempt whose answer was lost had been carried out.
 */
export type Outcome = 'written' | 'refused' | 'unclear';

type Write = 'putRow' | 'updateRow' | 'deleteRow';

export type TablestoreClient = {
  sdk(): Promise<TablestoreSdk>;
  /** Rejects with a TablestoreError; what may be tried again has been. */
  request<Name extends Operation>(name: Name, request: Requests[Name]): Promise<Responses[Name]>;
  write<Name extends Write>(name: Name, request: Requests[Name]): Promise<Outcome>;
  close(): void;
};

/** A function has to answer, whatever becomes of the store. */
const REQUEST_TIMEOUT_MS = 3_000;
/** Later, so that the socket of a request that was given up is closed. */
const SOCKET_TIMEOUT_MS = 4_000;
/** Kept open that long: less than the service does, so that it does not close one that is just used. */
const IDLE_TIMEOUT_MS = 5_000;
const MOST_IN_FLIGHT = 64;
const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 1_000;

/** Loads the SDK at the first request and asks for the credentials before each. */
export function createTablestoreClient(options: TablestoreClientOptions): TablestoreClient {
  const Agent = options.endpoint.startsWith('https:') ? HttpsAgent : HttpAgent;
  const agent = new Agent({
    keepAlive: true,
    timeout: IDLE_TIMEOUT_MS,
    maxSockets: MOST_IN_FLIGHT,
  });
  const gate = createGate(MOST_IN_FLIGHT);
  let closed = false;
  let loading: Promise<TablestoreSdk> | undefined;
  let current: { client: SdkClient; credentials: Credentials } | undefined;

  const sdk = (): Promise<TablestoreSdk> => {
    loading ??= loadSdk();
    return loading;
  };
  const open = async (): Promise<SdkClient> => {
    if (closed) throw new Error('the store is closed');
    const { Client } = await sdk();
    const credentials = await options.credentials();
    if (current && isSameKey(current.credentials, credentials)) return current.client;
    const client = new Client({
      ...credentials,
      endpoint: options.endpoint,
      instancename: options.instance,
      // Its own retries do not see the codes of the service.
      maxRetries: 0,
      // No limit of its own: it would set that for the whole process.
      httpOptions: { timeout: SOCKET_TIMEOUT_MS, maxSockets: Number.POSITIVE_INFINITY, agent },
    });
    current = { client, credentials };
    return client;
  };

  /** `onPerhapsDone` hears of each attempt that may have been carried out and is repeated. */
  const send = async <Name extends Operation>(
    name: Name,
    request: Requests[Name],
    onPerhapsDone: () => void = () => undefined,
  ): Promise<Responses[Name]> => {
    for (let attempt = 1; ; attempt += 1) {
      const client = await open();
      try {
        return await gate(() => withinTime(client.makeRequest(name, request), name));
      } catch (error) {
        const tableName = 'tableName' in request ? request.tableName : undefined;
        const fault = readError(error, { operation: name, tableName });
        if (fault === undefined) throw error;
        if (!mayRetry(fault, attempt)) throw fault;
        if (isPerhapsDone(fault)) onPerhapsDone();
        await sleep(delayMs(attempt));
      }
    }
  };

  return {
    sdk,
    request: (name, request) => send(name, request),
    async write(name, request) {
      let isUnclear = false;
      try {
        await send(name, request, () => {
          isUnclear = true;
        });
        return 'written';
      } catch (error) {
        if (!(error instanceof TablestoreError) || error.code !== CONDITION_FAILED) throw error;
        return isUnclear ? 'unclear' : 'refused';
      }
    },
    close() {
      closed = true;
      agent.destroy();
    },
  };
}

/** Random, so that the writers of one row do not meet again. */
function delayMs(attempt: number): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return longest * (0.5 + Math.random() / 2);
}

/** The SDK itself never ends a request whose answer breaks off. */
async function withinTime<T>(request: Promise<T>, operation: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TablestoreError(TIMEOUT, operation)), REQUEST_TIMEOUT_MS);
  });
  try {
    return await Promise.race([request, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
