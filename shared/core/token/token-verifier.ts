import { ok, type Result, refuse } from '../../model/failure.ts';
import { dropOldest } from '../cache/drop-oldest.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { type TokenClaims, verifyToken } from './token.ts';

/** As verifyToken. A device shows one token with every message for a week: its MAC is computed once. */
export type TokenVerifier = (text: string, nowMs: number) => Result<TokenClaims>;

/** Keeps the claims of tokens that were found good, and never a refusal; their expiry is checked every time. */
export function createTokenVerifier(keys: KeyRing, capacity = KEPT_TOKENS): TokenVerifier {
  const good = new Map<string, TokenClaims>();
  return (text, nowMs) => {
    const kept = good.get(text);
    if (kept) return nowMs < kept.expiresAtMs ? ok(kept) : expired();
    const verified = verifyToken(text, keys, nowMs);
    if (verified.ok) {
      if (good.size >= capacity) dropOldest(good);
      good.set(text, verified.value);
    }
    return verified;
  };
}

/** About 400 bytes each. */
const KEPT_TOKENS = 20_000;

function expired() {
  return refuse({ kind: 'token-retired', reason: 'expired' });
}
