import type { CredentialsSource } from '../../ports/credentials.ts';
import type { DeviceIdentities } from '../../ports/device-identities.ts';
import type { Log } from '../../ports/log.ts';
import { createAliyunIdentities } from './aliyun-identities.ts';
import { createPopClient } from './pop-client.ts';

type FunctionIdentities = {
  aliyun: { endpoint: string; instanceId?: string };
  credentials: CredentialsSource;
  log: Log;
  nowMs: () => number;
};

/**
 * A device waits for the answer and the function has 10 s, in which RegisterDevice may have to be
 * followed by QueryDeviceDetail. So each of the two has 4.5 s with all its attempts.
 */
const TIMEOUT_MS = 2500;
const RETRY = { attempts: 5, firstBackoffMs: 200, mostBackoffMs: 1600, budgetMs: 4500 };

/** Opens nothing before the first call. */
export function openAliyunIdentities(options: FunctionIdentities): DeviceIdentities {
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
  return createAliyunIdentities(client);
}
