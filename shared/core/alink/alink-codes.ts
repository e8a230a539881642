import { type Refusal, refuse } from '../../model/failure.ts';

export type AlinkCode = { code: number; message: string };

/** Codes and messages of Alink replies that belong to no thing model (protocol.md 4.14). */
export const ALINK_CODES = {
  success: { code: 200, message: 'success' },
  requestError: { code: 400, message: 'request error' },
  authError: { code: 401, message: 'request auth error' },
  tooManyRequests: { code: 429, message: 'too many requests' },
  parameterError: { code: 460, message: 'request parameter error' },
  serverError: { code: 500, message: 'server error' },
  thingModelAbsent: { code: 5159, message: 'tsl property load failed' },
  deviceNotFound: { code: 6100, message: 'device not found' },
  listSize: { code: 6104, message: 'list size must less than 200' },
  mapSize: { code: 6106, message: 'map size must less than 200' },
  topicNotExist: { code: 6203, message: 'topic not exist' },
  deviceDisabled: { code: 6204, message: 'device is disabled' },
  dataFormatError: { code: 6207, message: 'device data format is error' },
  productNotFound: { code: 6250, message: 'product not found' },
  deviceNameMalformed: { code: 6280, message: 'devicename not meet specs' },
  tooManyEvents: { code: 6356, message: 'event size must less than 200' },
  tooManySubDevices: { code: 6357, message: 'sub device size must less than 20' },
  topoCountExceeded: { code: 6400, message: 'topo relation count exceed' },
  topoNotExist: { code: 6401, message: 'topo relation not exist' },
  topoWithSelf: { code: 6402, message: 'topo relation cannot add by self' },
  methodNotExist: { code: 6450, message: 'alink method not exist' },
  noData: { code: 6710, message: 'no data' },
  configUnavailable: { code: 6713, message: 'thing config function is not available' },
} as const satisfies Record<string, AlinkCode>;

export function refuseAlink({ code, message }: AlinkCode): Refusal {
  return refuse({ kind: 'alink-refused', code, message });
}
