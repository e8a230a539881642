import type { CredentialsSource } from '../../ports/credentials.ts';
import type { Log } from '../../ports/log.ts';
import { createPopClient, type PopClient } from './pop-client.ts';

/** What a function calls an account with. */
export type FunctionPopOptions = {
  aliyun: { endpoint: string; instanceId?: string };
  credentials: CredentialsSource;
  log: Log;
  nowMs: () => number;
};

/** Of one attempt. */
const TIMEOUT_MS = 2500;

/** `budgetMs`: of one call, with all its attempts. */
type Patience = { attempts: number; budgetMs: number };

/** For somebody who waits for the answer of a function, which has 10 s. Opens nothing before the first call. */
export function openFunctionPopClient(options: FunctionPopOptions, patience: Patience): PopClient {
  const { aliyun, credentials, log, nowMs } = options;
  return createPopClient({
    endpoint: aliyun.endpoint,
    ...(aliyun.instanceId !== undefined && { instanceId: aliyun.instanceId }),
    credentials,
    nowMs,
    waitMs: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    randomFraction: Math.random,
    timeoutMs: TIMEOUT_MS,
    retry: { ...patience, firstBackoffMs: 200, mostBackoffMs: 1600 },
    onRetry: (retry) => log.warn(retry, 'a call to Alibaba Cloud is repeated'),
  });
}
