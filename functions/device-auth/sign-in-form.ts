import { isUtf8 } from 'node:buffer';
import type { HttpSignFields } from '../../shared/core/signing/http-sign.ts';
import { ok, type Refusal, type Result, refuse } from '../../shared/model/failure.ts';

/** What a device submits to `/auth`. `fields` are all of them as text, because all of them are signed. */
export type SignInForm = {
  productKey: string;
  deviceName: string;
  timestampMs: number | undefined;
  fields: HttpSignFields;
};

const LONGEST_CLIENT_ID_CHARACTERS = 64;

/** Refuses, as `malformed-request`, what is not a JSON object of texts and numbers with the required fields (protocol.md 1.2). */
export function parseSignInForm(body: Buffer): Result<SignInForm> {
  const fields = fieldsOf(body);
  if (typeof fields === 'string') return malformed(fields);
  if (!isComplete(fields)) return malformed(`one of ${REQUIRED.join(', ')} is missing`);
  const { productKey, deviceName, clientId, timestamp } = fields;
  if (!PRODUCT_KEY.test(productKey)) return malformed('productKey is none that a product can have');
  if (!DEVICE_NAME.test(deviceName)) return malformed('deviceName is none that a device can have');
  if (clientId.length > LONGEST_CLIENT_ID_CHARACTERS)
    return malformed('clientId is longer than 64 characters');
  if (timestamp !== undefined && !TIMESTAMP.test(timestamp))
    return malformed('timestamp is not a number of milliseconds');
  const timestampMs = timestamp === undefined ? undefined : Number(timestamp);
  return ok({ productKey, deviceName, timestampMs, fields });
}

const REQUIRED = ['productKey', 'deviceName', 'clientId', 'sign'] as const;

function isComplete(fields: Record<string, string>): fields is HttpSignFields {
  return REQUIRED.every((name) => Boolean(fields[name]));
}

/** Wider than protocol.md 0.6 and 0.7 have it: no more than what a table and a token can hold. */
const PRODUCT_KEY = /^[\x21-\x7e]{1,32}$/;
const DEVICE_NAME = /^[\x21-\x7e]{1,64}$/;
const TIMESTAMP = /^\d{1,15}$/;

function fieldsOf(body: Buffer): Record<string, string> | string {
  // Decoding would put U+FFFD in place of bad bytes, which goes unnoticed in a field that is not signed.
  if (!isUtf8(body)) return 'the body is not UTF-8';
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    return 'the body is not JSON';
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return 'the body is not a JSON object';
  return areFields(parsed) ? parsed : 'a field is neither a text nor a number';
}

/** Turns numbers into their digits where they stand: a copy of the fields would cost as much as parsing them. */
function areFields(parsed: object): parsed is Record<string, string> {
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value === 'number') Reflect.set(parsed, name, String(value));
    else if (typeof value !== 'string') return false;
  }
  return true;
}

function malformed(reason: string): Refusal {
  return refuse({ kind: 'malformed-request', reason });
}
