import { readJsonObject } from '../alink/decode-json.ts';
import { isJsonObject, type JsonObject } from '../alink/json-object.ts';
import { DEFAULT_FIRMWARE_MODULE } from './firmware.ts';

type VersionReport = { moduleName: string; version: string };

type ProgressReport = { moduleName: string; step: number; desc: string };

/** `{"id":"1","params":{"version":"1.0.3","module":"mcu"}}` (protocol.md 4.11). Undefined for whatever is none. */
export function readVersionReport(body: Uint8Array): VersionReport | undefined {
  const params = paramsOf(body);
  const moduleName = params && moduleOf(params);
  const version = textOf(params?.['version']);
  if (moduleName === undefined || version === undefined) return undefined;
  if (version === '' || version.length > LONGEST_VERSION_CHARACTERS) return undefined;
  return { moduleName, version };
}

/** `{"id":"1","params":{"step":"35","desc":"writing","module":"mcu"}}`. Undefined for whatever is none. */
export function readProgressReport(body: Uint8Array): ProgressReport | undefined {
  const params = paramsOf(body);
  const moduleName = params && moduleOf(params);
  const step = Number(textOf(params?.['step']) || Number.NaN);
  if (moduleName === undefined || !Number.isInteger(step)) return undefined;
  const desc = textOf(params?.['desc']) ?? '';
  return { moduleName, step, desc: desc.slice(0, LONGEST_DESC_CHARACTERS) };
}

function paramsOf(body: Uint8Array): JsonObject | undefined {
  const params = readJsonObject(body)?.['params'];
  return isJsonObject(params) ? params : undefined;
}

/** Undefined for a name that no module has. */
function moduleOf({ module = '' }: JsonObject): string | undefined {
  if (module === '' || module === null) return DEFAULT_FIRMWARE_MODULE;
  const name = textOf(module);
  return name !== undefined && MODULE_NAME.test(name) ? name : undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : undefined;
}

/** The platform's are shorter. */
const MODULE_NAME = /^[^\p{Cc}]{1,64}$/u;
const LONGEST_VERSION_CHARACTERS = 128;
const LONGEST_DESC_CHARACTERS = 512;
