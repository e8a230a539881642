import { isUtf8 } from 'node:buffer';
import type { HttpSignFields } from '../../shared/core/signing/http-sign.ts';
import { ok, type Refusal, type Result, refuse } from '../../shared/model/failure.ts';

/** What a device submits to `/auth/devicename`. All of it is signed, but for a few names (protocol.md 2.4). */
export type GuidedForm = HttpSignFields;

/** Refuses, as `malformed-request`, a form without one of the four fields, or with any twice or too long. */
export function parseGuidedForm(body: Buffer): Result<GuidedForm> {
  if (!isUtf8(body)) return malformed('the body is not UTF-8');
  const fields: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    if (Object.hasOwn(fields, name)) return malformed('a field is there twice');
    fields[name] = value;
  }
  const flawed = REQUIRED.find((name) => !PATTERNS[name].test(fields[name] ?? ''));
  if (flawed !== undefined) return malformed(`${flawed} is missing, or none that there can be`);
  if (Object.values(fields).some((value) => value.length > LONGEST_FIELD_CHARACTERS))
    return malformed('a field is too long');
  return isComplete(fields) ? ok(fields) : malformed('a field is missing');
}

const REQUIRED = ['productKey', 'deviceName', 'clientId', 'sign'] as const;

/** Wider than protocol.md 0.6 and 0.7 have it: no more than what a table can hold and a log line should. */
const PATTERNS: Readonly<Record<(typeof REQUIRED)[number], RegExp>> = {
  productKey: /^[\x21-\x7e]{1,32}$/,
  deviceName: /^[\x21-\x7e]{1,64}$/,
  clientId: /^[\s\S]{1,64}$/,
  sign: /^[\s\S]{1,128}$/,
};

const LONGEST_FIELD_CHARACTERS = 256;

function isComplete(fields: Record<string, string>): fields is GuidedForm {
  return REQUIRED.every((name) => fields[name] !== undefined);
}

function malformed(reason: string): Refusal {
  return refuse({ kind: 'malformed-request', reason });
}
