import { createHash } from 'node:crypto';
import { findAccessKeySecret } from '../../shared/core/access-keys/access-keys.ts';
import type { Registry } from '../../shared/core/devices/registry.ts';
import { randomHex } from '../../shared/core/random/random-text.ts';
import { parseAmqpUsername, verifyAmqpSign } from '../../shared/core/signing/amqp-sign.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';

/**
 * Logins over AMQP, with an access key (protocol.md 8.1). RabbitMQ asks twice about those of AMQP 1.0:
 * with the password, and then without one. Whoever let in all that come without one would let in every
 * name, so a login is remembered for the question that follows it. Of devices over MQTT none is.
 */
export type AmqpLogins = {
  /** Refuses `unknown-access-key` and `signature-mismatch`. */
  withPassword(username: string, password: string): Promise<Result<void>>;
  /** Once for each login, within 10 s of it. Refuses `token-absent`. */
  withoutPassword(username: string): Promise<Result<void>>;
};

export function createAmqpLogins(registry: Registry): AmqpLogins {
  const { store, nowMs, randomBytes } = registry;
  const seen = store.table('seen');
  return {
    withPassword: async (username, password) => {
      const name = parseAmqpUsername(username);
      const isKeyId = name !== undefined && ACCESS_KEY_ID.test(name.authId);
      const secret = isKeyId ? await findAccessKeySecret(name.authId, registry) : undefined;
      if (!name || secret === undefined) return refuse({ kind: 'unknown-access-key' });
      if (!verifyAmqpSign(name, password, secret)) return refuse(MISMATCH);
      const key = { partition: partitionOf(username), sort: randomHex(MARK_BYTES, randomBytes) };
      await seen.insert(key, { seenAtMs: nowMs() }, { expiresAtMs: nowMs() + MARK_LIFE_MS });
      return ok(undefined);
    },
    withoutPassword: async (username) => {
      if (!parseAmqpUsername(username)) return refuse({ kind: 'token-absent' });
      const partition = partitionOf(username);
      const { records } = await seen.list(partition, { limit: MOST_MARKS });
      for (const { sort } of records) {
        if (await seen.remove({ partition, sort })) return ok(undefined);
      }
      return refuse({ kind: 'token-absent' });
    },
  };
}

const MISMATCH = {
  kind: 'signature-mismatch',
  reason: 'the password of an AMQP login is not signed with the secret of its access key',
  stringToSign: '',
} as const;

/** Digested: a username may be longer than a key. */
function partitionOf(username: string): string {
  return `amqp-login/${createHash('sha256').update(username).digest('hex')}`;
}

const ACCESS_KEY_ID = /^[!-~]{1,128}$/;
const MARK_LIFE_MS = 10_000;
const MARK_BYTES = 8;
const MOST_MARKS = 100;
