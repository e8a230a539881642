import { type Refusal, refuse } from '../../model/failure.ts';

/** A code of the platform with its message, before ` -> ` and the identifier are put behind it. */
export type TslFault = { code: number; message: string };

/**
 * What data can do wrong before its thing model (protocol.md 4.14). The platform's message texts of
 * 6324, 6326 and 6328 are not known; those here follow the others.
 */
export const TSL_FAULTS = {
  parameter: { code: 460, message: 'request parameter error' },
  mapSize: { code: 6106, message: 'map size must less than 500' },
  methodNotExist: { code: 6300, message: 'tsl parse: method not exist' },
  paramsFormat: { code: 6301, message: 'tsl parse: params format must be JSONObject/JSONArray' },
  paramsNotExist: { code: 6304, message: 'tsl parse: params not exist' },
  intSpecs: { code: 6306, message: 'tsl parse: int specs error' },
  floatSpecs: { code: 6307, message: 'tsl parse: float specs error' },
  boolSpecs: { code: 6308, message: 'tsl parse: bool specs error' },
  enumSpecs: { code: 6309, message: 'tsl parse: enum specs error' },
  textSpecs: { code: 6310, message: 'tsl parse: string specs error' },
  dateSpecs: { code: 6311, message: 'tsl parse: date specs error' },
  structSpecs: { code: 6312, message: 'tsl parse: struct specs error' },
  doubleSpecs: { code: 6322, message: 'tsl parse: double specs error' },
  arraySpecs: { code: 6324, message: 'tsl parse: array specs error' },
  time: { code: 6326, message: 'tsl parse: time format error' },
  notArray: { code: 6328, message: 'tsl parse: params is not an array' },
} as const satisfies Record<string, TslFault>;

/** Refuses a message as a whole; single values that fail are listed beside the good ones instead. */
export function refuseTsl({ code, message }: TslFault, identifier?: string): Refusal {
  const text = identifier === undefined ? message : `${message} -> ${identifier}`;
  return refuse({ kind: 'tsl-violation', code, message: text });
}
