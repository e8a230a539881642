import { Buffer } from 'node:buffer';
import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { ThingModel } from '../../model/tsl.ts';
import { isJsonObject } from '../alink/json-object.ts';
import { isGenerated, simpleThingModel } from './complete-thing-model.ts';
import { type SchemaError, validateThingModel } from './generated/thing-model-validator.js';
import { normalizeThingModel } from './normalize-thing-model.ts';
import { brokenRules } from './thing-model-rules.ts';

/** What of a document of 512 KB is effective (protocol.md 5.5). */
const MAX_DOCUMENT_BYTES = 256 * 1024;

/** Keys are the document's own: a hostile one must not fill the log. */
const MAX_PATH_LENGTH = 200;

/**
 * Reads and checks a TSL document of one module. Refuses with `invalid-thing-model`: over 256 KB,
 * not JSON, and as `checkThingModel`.
 */
export function parseThingModel(text: string): Result<ThingModel> {
  if (Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) {
    return invalid(`the document has more than ${MAX_DOCUMENT_BYTES} bytes`);
  }
  const document = decode(text);
  return document === undefined ? invalid('the document is not JSON') : checkThingModel(document);
}

/**
 * Checks a document against the form of protocol.md 5.1 and 5.2 and the limits of 5.5. Refuses with
 * `invalid-thing-model`, whose reason names the first place that is wrong, as in
 * `properties[3].dataType.specs.max`. The result has numbers in specs as strings and every list
 * present; unknown keys and the members that the platform makes itself are left out.
 */
export function checkThingModel(document: unknown): Result<ThingModel> {
  const own = withoutGeneratedData(document);
  if (!validateThingModel(own)) return invalid(reasonOf(validateThingModel.errors?.[0]));
  const model = normalizeThingModel(own);
  for (const reason of brokenRules(model)) return invalid(reason);
  return ok(simpleThingModel(model));
}

/** JSON has no undefined, so that undefined can say "not JSON". */
function decode(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(reason: string): Refusal {
  return refuse({ kind: 'invalid-thing-model', reason });
}

/**
 * Generated members repeat the properties, in numbers that no limit allows. They keep their places,
 * so that the paths in reasons stay those of the document.
 */
function withoutGeneratedData(document: unknown): unknown {
  if (!isJsonObject(document)) return document;
  const { events, services } = document;
  return {
    ...document,
    ...(Array.isArray(events) ? { events: events.map(emptied) } : {}),
    ...(Array.isArray(services) ? { services: services.map(emptied) } : {}),
  };
}

function emptied(member: unknown): unknown {
  return isJsonObject(member) && isGenerated(member)
    ? { ...member, inputData: [], outputData: [] }
    : member;
}

/** `/properties/3/dataType` becomes `properties[3].dataType`. */
function reasonOf(error: SchemaError | undefined): string {
  const path = (error?.instancePath ?? '')
    .slice(1, MAX_PATH_LENGTH)
    .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.');
  if (error?.keyword === 'discriminator') return `${path}.type: is none of the nine data types`;
  const place = path === '' ? 'the document' : path;
  return `${place}: ${error?.message ?? 'is malformed'}${allowed(error)}`;
}

function allowed(error: SchemaError | undefined): string {
  const values = error?.params['allowedValues'];
  return Array.isArray(values) ? ` (${values.join(', ')})` : '';
}
