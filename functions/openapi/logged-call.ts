import type { Failure, Result } from '../../shared/model/failure.ts';
import type { Call } from './read-call.ts';

/** Nothing of a call is checked yet where it is logged, and a body has a megabyte: names are cut. */
export function loggedCall(call: Result<Call>): { action?: string; accessKeyId?: string } {
  if (!call.ok) return {};
  const { action, accessKeyId } = call.value;
  return {
    action: action.slice(0, LONGEST_NAME_CHARACTERS),
    accessKeyId: accessKeyId.slice(0, LONGEST_NAME_CHARACTERS),
  };
}

/** A string to sign holds all parameters of the call: secrets and the token of temporary credentials are taken out. */
export function loggedFailure(failure: Failure): Failure {
  if (failure.kind !== 'signature-mismatch') return failure;
  const stringToSign = failure.stringToSign
    .slice(0, LONGEST_STRING_TO_SIGN_CHARACTERS)
    .replace(SECRET_PARAMETER, '$1[secret]');
  return { ...failure, stringToSign };
}

const LONGEST_NAME_CHARACTERS = 64;
const LONGEST_STRING_TO_SIGN_CHARACTERS = 2048;

/** Encoded as in a string to sign: `=` is %3D, `&` is %26, and a percent sign of the value %25. */
const SECRET_PARAMETER = /((?:SecurityToken|ProductSecret|DeviceSecret)%3D).*?(?=%26|$)/gi;
