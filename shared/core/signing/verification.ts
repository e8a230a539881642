import { equalsHex, hmac, isHex } from './hmac.ts';
import { methodOfLength, SIGN_METHODS, type SignMethod } from './sign-method.ts';

/** Which content a client signed; all but `submitted` are habits of single SDKs (protocol.md 3.4). */
export type Variant = 'submitted' | 'without-timestamp' | 'with-region-id' | 'whole-client-id';

/** `reason` and `stringToSign` are for the log: neither holds a secret or a signature. */
export type Mismatch = { ok: false; reason: string; stringToSign: string };

export type Verification = { ok: true; variant: Variant; method: SignMethod } | Mismatch;

export type Candidate = { variant: Variant; content: string };

/** A signature and what it may have been made over. */
export type Claim = {
  /** Hex, any case. */
  sign: string;
  /** `undefined` if the client declared a method that the platform does not know. */
  method: SignMethod | undefined;
  /** The documented content: what nearly every client signs, and what a mismatch reports. */
  content: string;
  /** What else to try, in order; asked only when `content` did not match. */
  alternatives: () => readonly Candidate[];
};

/** Tries the contents in order, an HMAC each: where the first matches, one HMAC and no more. */
export function verifyClaim(claim: Claim, secret: string): Verification {
  const { content, method, sign } = claim;
  if (method === undefined) {
    return mismatch(claim, `signmethod is none of ${SIGN_METHODS.join(', ')}`);
  }
  if (equalsHex(hmac(method, secret, content), sign)) {
    return { ok: true, variant: 'submitted', method };
  }
  const flaw = findFlaw(claim, method, secret);
  if (flaw !== undefined) return mismatch(claim, flaw);
  const variant = findVariant(claim.alternatives(), { method, secret, sign });
  if (variant === undefined) {
    return mismatch(claim, `sign is ${method} over other content or with another key`);
  }
  return { ok: true, variant, method };
}

function mismatch(claim: Claim, reason: string): Mismatch {
  return {
    ok: false,
    reason,
    stringToSign: claim.content,
  };
}

type Attempt = { method: SignMethod; secret: string; sign: string };

function findVariant(candidates: readonly Candidate[], attempt: Attempt): Variant | undefined {
  const { method, secret, sign } = attempt;
  return candidates.find(({ content }) => equalsHex(hmac(method, secret, content), sign))?.variant;
}

/** Why the sign cannot be of the declared method, whatever it was made over. */
function findFlaw(claim: Claim, declared: SignMethod, secret: string): string | undefined {
  const { content, sign } = claim;
  if (!isHex(sign)) return 'sign is not hexadecimal';
  const method = methodOfLength(sign.length);
  if (method === declared) return undefined;
  if (method === undefined) return `sign has ${sign.length} hex digits, as no method gives`;
  const all: readonly Candidate[] = [{ variant: 'submitted', content }, ...claim.alternatives()];
  const variant = findVariant(all, { method, secret, sign });
  return variant === undefined
    ? `sign is as long as ${method} makes it, not ${declared}`
    : `sign is right for ${method} (${variant}), but ${declared} was declared or implied`;
}
