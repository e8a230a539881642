import type RpcClient from '@alicloud/pop-core/lib/rpc.js';
import { type Credentials, isSameKey } from '../../ports/credentials.ts';
import { outcomeOfError, outcomeOfReply, type PopOutcome } from './pop-outcome.ts';

export type PopParameters = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** One attempt at one call. */
type PopAttempt = (call: {
  action: string;
  parameters: PopParameters;
  credentials: Credentials;
}) => Promise<PopOutcome>;

const API_VERSION = '2018-01-20';

/**
 * Calls by way of pop-core, which is loaded at the first call: it takes longer than a cold start may.
 * And only its half for RPC, since the other brings an XML parser into the bundle.
 */
export function createPopCore(endpoint: string, timeoutMs: number): PopAttempt {
  let client: RpcClient | undefined;
  let known: Credentials | undefined;
  const open = async (credentials: Credentials): Promise<RpcClient> => {
    if (client && known && isSameKey(known, credentials)) return client;
    const { default: Client } = await import('@alicloud/pop-core/lib/rpc.js');
    client = new Client({ ...credentials, endpoint, apiVersion: API_VERSION });
    known = credentials;
    return client;
  };
  return async ({ action, parameters, credentials }) => {
    const asked = { action, credentials, timeoutMs };
    const core = await open(credentials);
    try {
      // A form, since a list of a hundred names does not fit into a query string.
      const options = { method: 'POST', timeout: timeoutMs, formatAction: false };
      return outcomeOfReply(await core.request<unknown>(action, parameters, options), asked);
    } catch (error) {
      return outcomeOfError(error, asked);
    }
  };
}
