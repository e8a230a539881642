import { isUtf8 } from 'node:buffer';
import { isJsonObject, type JsonObject } from '../../shared/core/alink/json-object.ts';
import { isDeviceId } from '../../shared/core/certificates/certificate-names.ts';
import { ok, type Refusal, type Result, refuse } from '../../shared/model/failure.ts';
import type { Request } from '../../shared/model/http.ts';

/** What a device asks with. Bounded, so that it may be logged and become part of a key. */
export type CertificateForm = {
  deviceId: string;
  /** Of the path or the body. */
  productKey: string | undefined;
  /** Of the body, as they were sent; numbers as their digits. */
  fields: {
    productKey: string | undefined;
    random: string | undefined;
    timestamp: string | undefined;
    sign: string | undefined;
    signMethod: string | undefined;
  };
};

const BODY_LIMIT_BYTES = 4096;

/**
 * Refuses, as `malformed-request`, what is not a POST of a JSON object with a deviceId. Which content
 * type it claims to be does not matter: the function of seed 001 never asked, so its devices may send any.
 */
export function parseCertificateRequest(request: Request): Result<CertificateForm> {
  if (request.method !== 'POST') return malformed(`${request.method} where only POST is served`);
  if (request.body.length > BODY_LIMIT_BYTES)
    return refuse({ kind: 'payload-too-large', limitBytes: BODY_LIMIT_BYTES });
  const body = objectOf(request.body);
  if (typeof body === 'string') return malformed(body);
  const values = new Map<string, string>();
  for (const [name, pattern] of Object.entries(PATTERNS)) {
    const text = textOf(body[name]);
    if (text === undefined) continue;
    if (!pattern.test(text)) return malformed(`${name} is none that there can be`);
    values.set(name, text);
  }
  const deviceId = values.get('deviceId');
  if (deviceId === undefined) return malformed('deviceId is missing');
  const named = productKeyOf(request.path, values.get('productKey'));
  if (!named.ok) return named;
  const fields = {
    productKey: values.get('productKey'),
    random: values.get('random'),
    timestamp: values.get('timestamp'),
    sign: values.get('sign'),
    signMethod: values.get('signMethod'),
  };
  return ok({ deviceId, productKey: named.value, fields });
}

const PRODUCT_KEY = /^[\x21-\x7e]{1,32}$/;

/** Only of these names is anything read. */
const PATTERNS: Readonly<Record<string, { test(text: string): boolean }>> = {
  deviceId: { test: isDeviceId },
  productKey: PRODUCT_KEY,
  random: /^[\x20-\x7e]{1,64}$/,
  timestamp: /^\d{1,15}$/,
  sign: /^[\x20-\x7e]{1,128}$/,
  signMethod: /^[\x20-\x7e]{1,32}$/,
};

/** `/certificate/<productKey>`; every other path names no product, since a function may be served under any. */
function productKeyOf(path: string, inBody: string | undefined): Result<string | undefined> {
  const inPath = /^\/certificate\/(.+)$/.exec(path)?.[1];
  if (inPath === undefined) return ok(inBody);
  if (!PRODUCT_KEY.test(inPath)) return malformed('the path names no product that there can be');
  if (inBody !== undefined && inBody !== inPath)
    return malformed('path and body name different products');
  return ok(inPath);
}

/** The object, or what is wrong. */
function objectOf(body: Buffer): JsonObject | string {
  // Decoding would put U+FFFD in place of bad bytes.
  if (!isUtf8(body)) return 'the body is not UTF-8';
  try {
    const parsed: unknown = JSON.parse(plainText(body.toString('utf8').trim()));
    return isJsonObject(parsed) ? parsed : 'the body is not a JSON object';
  } catch {
    return 'the body is not JSON';
  }
}

/** Devices of seed 001 may percent-encode the whole body. @throws URIError */
function plainText(text: string): string {
  return text.startsWith('%') ? decodeURIComponent(text) : text;
}

/** Undefined for what is absent, null or empty. A number that has lost digits, and all else, becomes a text that no pattern takes. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' || Number.isSafeInteger(value) ? String(value) : NO_TEXT;
}

const NO_TEXT = '\u0000';

function malformed(reason: string): Refusal {
  return refuse({ kind: 'malformed-request', reason });
}
