import type { CredentialsSource } from '../../ports/credentials.ts';
import type { Log } from '../../ports/log.ts';
import type { Shadows } from '../../ports/shadows.ts';
import { createAliyunShadows } from './aliyun-shadows.ts';
import { createPopClient } from './pop-client.ts';

type FunctionShadows = {
  aliyun: { endpoint: string; instanceId?: string };
  credentials: CredentialsSource;
  log: Log;
  nowMs: () => number;
};

/**
 * A call of the management API has 10 s, in which UpdateDeviceShadow may have to be followed by
 * GetDeviceShadow. So each of the two has 4.5 s with all its attempts.
 */
const TIMEOUT_MS = 2500;
const RETRY = { attempts: 5, firstBackoffMs: 200, mostBackoffMs: 1600, budgetMs: 4500 };

/** Opens nothing before the first call. */
export function openAliyunShadows(options: FunctionShadows): Shadows {
  const { aliyun, credentials, log, nowMs } = options;
  const client = createPopClient({
    endpoint: aliyun.endpoint,
    ...(aliyun.instanceId !== undefined && { instanceId: aliyun.instanceId }),
    credentials,
    nowMs,
    waitMs: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    randomFraction: Math.random,
    timeoutMs: TIMEOUT_MS,
    retry: RETRY,
    onRetry: (retry) => log.warn(retry, 'a call to Alibaba Cloud is repeated'),
  });
  return createAliyunShadows(client);
}
