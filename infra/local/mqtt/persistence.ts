import { Readable } from 'node:stream';
import type { Client } from 'aedes';
import type { Sessions } from '../../../shared/adapters/lmdb/lmdb-sessions.ts';
import type { Connections, DeviceConnection, OutgoingPacket } from './connections.ts';

/**
 * Sessions as aedes wants them, without will, retain and QoS 2: it asks for the filters of a device when
 * that connects, and tells which packet id a message got and which was acknowledged. Filters are written
 * where they are checked, see subscriptions.ts, for they outlive a clean session too.
 */
export function createPersistence({
  sessions,
  connections,
}: {
  sessions: Sessions;
  connections: Connections;
}) {
  const deviceOf = (client: Client): DeviceConnection | undefined => {
    const connection = connections.of(client);
    return connection?.kind === 'device' ? connection : undefined;
  };
  return {
    // aedes looks at the name of its constructor.
    setup: async () => undefined,
    destroy: async () => undefined,
    storeRetained: nothing,
    createRetainedStreamCombi: () => Readable.from([]),
    addSubscriptions: nothing,
    subscriptionsByClient: async ({ id }: { id: string }) =>
      (sessions.read(id)?.filters ?? []).map((topic) => ({ topic, qos: 1 })),
    subscriptionsByTopic: async () => [],
    removeSubscriptions: nothing,
    cleanSubscriptions: nothing,
    outgoingEnqueue: nothing,
    outgoingEnqueueCombi: nothing,
    // It reads ahead, and what it has read would be overtaken: see Sender.
    outgoingStream: () => [],
    outgoingUpdate: async (
      client: Client,
      packet: { messageId: number; brokerCounter: number },
    ) => {
      deviceOf(client)?.unacknowledged.set(packet.messageId, packet.brokerCounter);
    },
    outgoingClearMessageId: async (client: Client, packet: { messageId: number }) => {
      const connection = deviceOf(client);
      const sequence = connection?.unacknowledged.get(packet.messageId);
      if (!connection || sequence === undefined) return;
      connection.unacknowledged.delete(packet.messageId);
      sessions.dequeue(connection.device, sequence);
    },
    incomingStorePacket: nothing,
    incomingGetPacket: nothing,
    incomingDelPacket: nothing,
    putWill: nothing,
    delWill: nothing,
    streamWill: () => [],
  };
}

async function nothing(): Promise<void> {
  // Not kept, or kept elsewhere.
}

export function packetOf(message: {
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1;
  sequence?: number;
}): OutgoingPacket {
  const { topic, payload, qos, sequence } = message;
  const { buffer, byteOffset, byteLength } = payload;
  return {
    cmd: 'publish',
    topic,
    payload: Buffer.from(buffer, byteOffset, byteLength),
    qos,
    retain: false,
    dup: false,
    brokerId: '',
    ...(sequence !== undefined && { brokerCounter: sequence }),
  };
}
