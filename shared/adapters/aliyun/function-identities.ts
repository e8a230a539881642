import type { DeviceIdentities } from '../../ports/device-identities.ts';
import { createAliyunIdentities } from './aliyun-identities.ts';
import { type FunctionPopOptions, openFunctionPopClient } from './function-pop-client.ts';

/**
 * A device waits for the answer and the function has 10 s, in which RegisterDevice may have to be
 * followed by QueryDeviceDetail. So each of the two has 4.5 s with all its attempts.
 */
const PATIENCE = { attempts: 5, budgetMs: 4500 };

/** Opens nothing before the first call. */
export function openAliyunIdentities(options: FunctionPopOptions): DeviceIdentities {
  return createAliyunIdentities(openFunctionPopClient(options, PATIENCE));
}
