import { findAccessKeySecret } from '../../../shared/core/access-keys/access-keys.ts';
import type { Registry } from '../../../shared/core/devices/registry.ts';
import { parseAmqpUsername, verifyAmqpSign } from '../../../shared/core/signing/amqp-sign.ts';
import {
  DEFAULT_GROUP,
  findConsumerGroup,
} from '../../../shared/core/subscriptions/consumer-groups.ts';
import { ok, type Refusal, type Result, refuse } from '../../../shared/model/failure.ts';

/** Who consumes: what its username says. */
export type SignedIn = { clientId: string; groupId: string; asBase64: boolean };

export type Credentials = { username: string; password: string };

/** What cannot be one is not looked up: it would become part of a storage key. */
const ID = /^[\w.-]{1,64}$/;
const LONGEST_ID = 64;

/**
 * Signs a consumer in by the access key of its username (protocol.md 8.1). Refuses `malformed-request`,
 * `unknown-access-key`, `signature-mismatch`, `unknown-consumer-group`.
 */
export async function signIn(
  { username, password }: Credentials,
  { store, sealing }: Pick<Registry, 'store' | 'sealing'>,
): Promise<Result<SignedIn>> {
  const parsed = parseAmqpUsername(username);
  if (!parsed) return MALFORMED;
  const {
    clientId,
    authId,
    timestamp,
    asBase64,
    consumerGroupId: groupId = DEFAULT_GROUP,
  } = parsed;
  const secret = ID.test(authId)
    ? await findAccessKeySecret(authId, { store, sealing })
    : undefined;
  if (secret === undefined) return refuse({ kind: 'unknown-access-key' });
  if (!verifyAmqpSign(parsed, password, secret)) {
    const stringToSign = `authId=${authId}&timestamp=${timestamp}`;
    return refuse({ kind: 'signature-mismatch', reason: MISMATCH, stringToSign });
  }
  if (!ID.test(groupId))
    return refuse({ kind: 'unknown-consumer-group', groupId: groupId.slice(0, LONGEST_ID) });
  const group = await findConsumerGroup(groupId, store);
  return group.ok ? ok({ clientId, groupId, asBase64 }) : group;
}

const MISMATCH =
  'the password is not the base64 HMAC of the string to sign with this access key; the timestamp has to be the same in both';

const MALFORMED: Refusal = refuse({
  kind: 'malformed-request',
  reason:
    'the user name is not <clientId>|authMode=aksign,signMethod=…,timestamp=…,authId=…,consumerGroupId=…|',
});
