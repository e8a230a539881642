import { EventEmitter } from 'node:events';
import type { Client } from 'aedes';
import { expect, test } from 'vitest';
import { createBrokerCounts } from '../../../../../infra/local/mqtt/broker-counts.ts';
import { createConnections } from '../../../../../infra/local/mqtt/connections.ts';
import { createSignIn } from '../../../../../infra/local/mqtt/sign-in.ts';
import { openSessions } from '../../../../../shared/adapters/lmdb/lmdb-sessions.ts';
import type { Connect } from '../../../../../shared/core/mqtt/connection.ts';
import { refuse } from '../../../../../shared/model/failure.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

/** What the sign-in rules are told of a client that comes so. */
async function toldOf(peer: { sourceIp: string; isTls: boolean }): Promise<Connect | undefined> {
  let told: Connect | undefined;
  const connections = createConnections();
  const onFault = () => undefined;
  const sessions = await openSessions({ path: tempFolder(), sync: 'flush', onFault });
  const { authenticate } = createSignIn({
    ...createMemoryParts(),
    connections,
    counts: createBrokerCounts(),
    sessions,
    connectDevice: async (connect) => {
      told = connect;
      return refuse({ kind: 'token-absent' });
    },
  });
  const client = Object.assign(new EventEmitter(), { id: 'c', conn: new EventEmitter() });
  // As much of a client as the sign-in looks at.
  const arrived = client as unknown as Client;
  const admit = () => undefined;
  connections.arrive(arrived, { ...peer, lastReadAtMs: 0, keepaliveSeconds: 60, admit });
  await new Promise((resolve) => authenticate(arrived, 'dn&pk', Buffer.from('p'), resolve));
  await sessions.close();
  return told;
}

test.each([
  ['127.0.0.1', false, true],
  ['127.8.8.8', false, true],
  ['::1', false, true],
  ['::ffff:127.0.0.1', false, true],
  ['192.0.2.1', false, false],
  ['10.0.0.1', false, false],
  ['::ffff:192.0.2.1', false, false],
  ['2001:db8::127.0.0.1', false, false],
  ['', false, false],
  ['192.0.2.1', true, true],
])('a client from %j, over TLS %j, is private: %j', async (sourceIp, isTls, isPrivate) => {
  expect(await toldOf({ sourceIp, isTls })).toMatchObject({ sourceIp, isPrivate });
});
