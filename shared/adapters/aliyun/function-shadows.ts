import type { Shadows } from '../../ports/shadows.ts';
import { createAliyunShadows } from './aliyun-shadows.ts';
import { type FunctionPopOptions, openFunctionPopClient } from './function-pop-client.ts';

/**
 * A call of the management API has 10 s, in which UpdateDeviceShadow may have to be followed by
 * GetDeviceShadow. So each of the two has 4.5 s with all its attempts.
 */
const PATIENCE = { attempts: 5, budgetMs: 4500 };

/** Opens nothing before the first call. */
export function openAliyunShadows(options: FunctionPopOptions): Shadows {
  return createAliyunShadows(openFunctionPopClient(options, PATIENCE));
}
