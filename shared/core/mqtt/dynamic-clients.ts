import { hash, timingSafeEqual } from 'node:crypto';
import { ok, type Result, refuse } from '../../model/failure.ts';
import type { DynamicClientRecord } from '../../model/tables.ts';
import type { Store, Versioned } from '../../ports/table.ts';
import type { Registry } from '../devices/registry.ts';
import { randomAlphanumeric } from '../random/random-text.ts';

/** Protocol.md 3.6. */
const MOST_CLIENTS = 5;

/** `deviceToken` is plain: for the push alone. */
type IssuedClient = { clientId: string; deviceToken: string };

/**
 * Gives a device a client id and a token for it, of which a digest is kept. Its five client ids follow
 * from its iotId, and each is taken by a conditional insert: so there are never more, however many ask
 * at once. Refuses `dynamic-client-limit`.
 */
export async function issueDynamicClient(
  iotId: string,
  { store, nowMs, randomBytes }: Pick<Registry, 'store' | 'nowMs' | 'randomBytes'>,
): Promise<Result<IssuedClient>> {
  const deviceToken = randomAlphanumeric(TOKEN_CHARACTERS, randomBytes);
  const record = { tokenDigest: digestOf(deviceToken), createdAtMs: nowMs() };
  for (let number = 1; number <= MOST_CLIENTS; number += 1) {
    const clientId = clientIdOf(iotId, number);
    if (await store.table('dynamic_clients').insert({ partition: iotId, sort: clientId }, record))
      return ok({ clientId, deviceToken });
  }
  return refuse({ kind: 'dynamic-client-limit', most: MOST_CLIENTS });
}

/** Whether the token is that of the client id. */
export async function isDynamicClient(
  { iotId, clientId, deviceToken }: IssuedClient & { iotId: string },
  store: Store,
): Promise<boolean> {
  if (!CLIENT_ID.test(clientId)) return false;
  const found = await store.table('dynamic_clients').read({ partition: iotId, sort: clientId });
  if (!found) return false;
  const kept = Buffer.from(found.value.tokenDigest, 'hex');
  return timingSafeEqual(kept, Buffer.from(digestOf(deviceToken), 'hex'));
}

/** Oldest first. */
export async function listDynamicClients(
  iotId: string,
  store: Store,
): Promise<readonly { clientId: string; createdAtMs: number }[]> {
  const records = await readClients(iotId, store);
  return records
    .map(({ sort, value }) => ({ clientId: sort, createdAtMs: value.createdAtMs }))
    .sort((one, other) => one.createdAtMs - other.createdAtMs);
}

export async function hasDynamicClients(iotId: string, store: Store): Promise<boolean> {
  return (await readClients(iotId, store)).length > 0;
}

/** Takes back all client ids of a device but `kept`: the others sign in no more. */
export async function removeDynamicClients(
  iotId: string,
  store: Store,
  kept?: string,
): Promise<void> {
  const table = store.table('dynamic_clients');
  const others = (await readClients(iotId, store)).filter(({ sort }) => sort !== kept);
  await Promise.all(others.map(({ sort }) => table.remove({ partition: iotId, sort })));
}

async function readClients(
  iotId: string,
  store: Store,
): Promise<readonly (Versioned<DynamicClientRecord> & { sort: string })[]> {
  return (await store.table('dynamic_clients').list(iotId, { limit: MOST_CLIENTS })).records;
}

/** Nothing can be concluded from it; the token alone is secret. */
function clientIdOf(iotId: string, number: number): string {
  return hash('sha256', `${iotId}/${number}`, 'hex').slice(0, CLIENT_ID_CHARACTERS);
}

/** A drawn token needs no salt. */
function digestOf(deviceToken: string): string {
  return hash('sha256', deviceToken, 'hex');
}

const TOKEN_CHARACTERS = 32;
const CLIENT_ID_CHARACTERS = 32;
const CLIENT_ID = /^[0-9a-f]{32}$/;
