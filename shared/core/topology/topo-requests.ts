import { ok, type Result } from '../../model/failure.ts';
import { ALINK_CODES, refuseAlink } from '../alink/alink-codes.ts';
import { isJsonObject, type JsonObject } from '../alink/json-object.ts';
import type { SubDeviceFields } from '../signing/sub-device-sign.ts';
import { MOST_SUB_DEVICES } from './relations.ts';

export type NamedSubDevice = { productKey: string; deviceName: string };

const MALFORMED = refuseAlink(ALINK_CODES.parameterError);

/** What a table can hold; whether a device may be called so is another question. */
const NAME = /^[\x21-\x7e]{1,64}$/;

/**
 * `[{productKey, deviceName}]` of `thing/topo/delete`, or a single one (protocol.md 4.13). Refuses with
 * `alink-refused` 460: none, over 1500, another shape.
 */
export function readNamed(params: unknown): Result<readonly NamedSubDevice[]> {
  return readItems(params, ({ productKey, deviceName }) =>
    isName(productKey) && isName(deviceName) ? { productKey, deviceName } : undefined,
  );
}

/** As readNamed, for `thing/list/found`, where a device need not have a name yet. */
export function readFound(
  params: unknown,
): Result<readonly { productKey: string; deviceName?: string }[]> {
  return readItems(params, ({ productKey, deviceName }) => {
    if (!isName(productKey)) return undefined;
    if (deviceName === undefined || deviceName === '') return { productKey };
    return typeof deviceName === 'string' ? { productKey, deviceName } : undefined;
  });
}

/** As readNamed, for `thing/topo/add`, with all that the signature is over. */
export function readSigned(params: unknown): Result<readonly SubDeviceFields[]> {
  return readItems(params, (item) => {
    const { productKey, deviceName, sign } = item;
    if (!isName(productKey) || !isName(deviceName) || typeof sign !== 'string') return undefined;
    const fields = Object.entries(item).flatMap(([name, value]) => {
      const text = typeof value === 'number' ? String(value) : value;
      return typeof text === 'string' ? [[name, text] as const] : [];
    });
    return { ...Object.fromEntries(fields), productKey, deviceName, sign };
  });
}

function readItems<T>(
  params: unknown,
  readItem: (item: JsonObject) => T | undefined,
): Result<readonly T[]> {
  const items = Array.isArray(params) ? params : [params];
  if (items.length === 0 || items.length > MOST_SUB_DEVICES) return MALFORMED;
  const read: T[] = [];
  for (const item of items) {
    const value = isJsonObject(item) ? readItem(item) : undefined;
    if (value === undefined) return MALFORMED;
    read.push(value);
  }
  return ok(read);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}
