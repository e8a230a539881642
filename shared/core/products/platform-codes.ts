import type { ValidationLevel } from '../../model/product.ts';

/** CreateProduct takes a name, QueryProduct answers with the platform's number for it. */
export const NET_TYPES = { WIFI: 3, LORA: 5, CELLULAR: 6, ETHERNET: 7, OTHER: 8 };

/** Each at its `ValidateType` (protocol.md 5.4); the platform itself has stopped giving out 0. */
export const VALIDATION_LEVELS: readonly ValidationLevel[] = ['strong', 'weak', 'none'];

/** `AliyunCommodityCode` with and without a thing model. */
export const SENIOR = 'iothub_senior';
export const BASIC = 'iothub';
