import { EventEmitter } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import {
  type BrokerClient,
  createConnections,
  type DeviceConnection,
} from '../../../../../infra/local/mqtt/connections.ts';
import { createSubscriptions } from '../../../../../infra/local/mqtt/subscriptions.ts';
import {
  openSessions,
  type SessionRecord,
} from '../../../../../shared/adapters/lmdb/lmdb-sessions.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

const PEER = {
  sourceIp: '192.0.2.1',
  isTls: true,
  lastReadAtMs: 0,
  keepaliveSeconds: 60,
  admit: () => undefined,
};

/** As much of a connection as there is to a subscription. */
function connectionOf(client: BrokerClient): DeviceConnection {
  const session: SessionRecord = {
    iotId: 'iot-1',
    filters: [],
    persistent: false,
    connectedAtMs: 1,
    clientIp: PEER.sourceIp,
  };
  const names = { device: 'pk/dn', productKey: 'pk', deviceName: 'dn', iotId: 'iot-1' };
  return { kind: 'device', client, peer: PEER, ...names, session } as DeviceConnection;
}

test('a subscription is granted when the session with it has been written', async () => {
  const onFault = () => undefined;
  const sessions = await openSessions({ path: tempFolder(), sync: 'flush', onFault });
  onTestFinished(() => sessions.close());
  const steps: string[] = [];
  const watched = {
    ...sessions,
    write: async (device: string, session: SessionRecord) => {
      await sessions.write(device, session);
      steps.push(`written ${session.filters}`);
    },
  };
  const connections = createConnections();
  const client = { id: 'pk/dn', conn: new EventEmitter() } as unknown as BrokerClient;
  connections.arrive(client, PEER);
  connections.set(client, connectionOf(client));
  const { authorize } = createSubscriptions({
    ...createMemoryParts(),
    connections,
    sessions: watched,
  });
  const topic = '/pk/dn/user/get';
  await new Promise<void>((resolve) =>
    authorize(client, { topic, qos: 1 }, (error, granted) => {
      steps.push(`granted ${granted?.topic} ${error}`);
      resolve();
    }),
  );
  expect(steps).toEqual([`written ${topic}`, `granted ${topic} null`]);
});
