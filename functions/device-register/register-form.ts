import { isUtf8 } from 'node:buffer';
import { ok, type Refusal, type Result, refuse } from '../../shared/model/failure.ts';

/** What a device without a secret submits. Bounded, so that what it signs may be logged whole. */
export type RegisterForm = {
  productKey: string;
  deviceName: string;
  random: string;
  sign: string;
  /** As sent; any case. */
  signMethod: string;
};

/** Refuses, as `malformed-request`, a form without one of the five fields, or with one twice or too long (protocol.md 2.1). */
export function parseRegisterForm(body: Buffer): Result<RegisterForm> {
  if (!isUtf8(body)) return malformed('the body is not UTF-8');
  const fields = new URLSearchParams(body.toString('utf8'));
  const form = {
    productKey: only(fields, 'productKey'),
    deviceName: only(fields, 'deviceName'),
    random: only(fields, 'random'),
    sign: only(fields, 'sign'),
    signMethod: only(fields, 'signMethod', 'signmethod'),
  };
  const flawed = NAMES.find((name) => !PATTERNS[name].test(form[name]));
  return flawed === undefined
    ? ok(form)
    : malformed(`${flawed} is missing, there twice, or none that there can be`);
}

const NAMES = ['productKey', 'deviceName', 'random', 'sign', 'signMethod'] as const;

/** Wider than protocol.md 0.6 and 0.7 have it: no more than what a table can hold and a log line should. */
const PATTERNS: Readonly<Record<keyof RegisterForm, RegExp>> = {
  productKey: /^[\x21-\x7e]{1,32}$/,
  deviceName: /^[\x21-\x7e]{1,64}$/,
  random: /^[\s\S]{1,256}$/,
  sign: /^[\s\S]{1,128}$/,
  signMethod: /^[\x21-\x7e]{1,32}$/,
};

/** Empty unless there is exactly one: of two, device and server might each sign another. */
function only(fields: URLSearchParams, ...spellings: readonly string[]): string {
  const [value = '', ...more] = spellings.flatMap((name) => fields.getAll(name));
  return more.length === 0 ? value : '';
}

function malformed(reason: string): Refusal {
  return refuse({ kind: 'malformed-request', reason });
}
