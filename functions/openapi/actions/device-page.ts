import { integer } from '../decoders.ts';
import { withDefault } from '../parameters.ts';

const MOST_DEVICES_A_PAGE = 50;
const DEVICES_A_PAGE = 10;

/** Which devices of a list QueryDevice and QueryPageByApplyId show (protocol.md 7.4); `page` counts from 1. */
export const DEVICE_PAGE = {
  page: withDefault('CurrentPage', integer(1, Number.MAX_SAFE_INTEGER), 1),
  pageSize: withDefault('PageSize', integer(1, MOST_DEVICES_A_PAGE), DEVICES_A_PAGE),
};
