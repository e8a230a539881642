import type { JsonObject } from './json-object.ts';

/**
 * The code of a device's answer (protocol.md 4.1). Some devices send it as text; one that sends none has
 * at least heard the request.
 */
export function answerCode({ code }: JsonObject): number {
  const number = typeof code === 'string' ? Number(code) : code;
  return typeof number === 'number' && Number.isFinite(number) ? number : SUCCESS;
}

const SUCCESS = 200;
