import { type Refusal, refuse } from '../../model/failure.ts';
import type { Mismatch } from './verification.ts';

/**
 * A mismatch as a refusal. A client signs whatever it submits: for the log that is cut to a line's
 * length, and left out where a field by its name holds a secret.
 */
export function refuseMismatch(
  { reason, stringToSign }: Mismatch,
  submitted: Readonly<Record<string, string>> = {},
): Refusal {
  const hasSecret = Object.keys(submitted).some((name) => SECRET_NAME.test(name));
  return refuse({
    kind: 'signature-mismatch',
    reason,
    stringToSign: hasSecret
      ? '(a submitted field is a secret)'
      : stringToSign.slice(0, LONGEST_LOGGED_CHARACTERS),
  });
}

const SECRET_NAME = /secret|password/i;
const LONGEST_LOGGED_CHARACTERS = 512;
