import { createHmac } from 'node:crypto';
import mqtt, { type IClientOptions, type MqttClient, type Packet } from 'mqtt';
import { onTestFinished } from 'vitest';
import type { DeviceStack, Identity } from './device-stack.ts';

/** What CONNECT says of a device, as the manual has it: hmacsha256, no timestamp. */
export function credentials(
  { productKey, deviceName, deviceSecret }: Identity,
  clientId = 'test',
): Required<Pick<IClientOptions, 'clientId' | 'username'>> & { password: string } {
  const content = `clientId${clientId}deviceName${deviceName}productKey${productKey}`;
  return {
    clientId: `${clientId}|securemode=3,signmethod=hmacsha256|`,
    username: `${deviceName}&${productKey}`,
    password: createHmac('sha256', deviceSecret).update(content).digest('hex'),
  };
}

/** A client that says what the test wants of it and never reconnects. Rejects with `code`, that of CONNACK. Ends with the test. */
export async function connectSigned(
  { mqttAddress }: Pick<DeviceStack, 'mqttAddress'>,
  identity: Identity,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const client = mqtt.connect(`mqtt://${mqttAddress}`, {
    ...credentials(identity),
    reconnectPeriod: 0,
    ...options,
  });
  onTestFinished(() => void client.end(true));
  await new Promise((resolve, reject) => {
    client.once('connect', resolve);
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed before CONNACK')));
  });
  client.on('error', () => undefined);
  return client;
}

/** The return codes of SUBACK. The client's own promise rejects where one is 0x80. */
export async function grantsOf(client: MqttClient, filters: readonly string[]): Promise<number[]> {
  const subacked = new Promise<number[]>((resolve) => {
    const look = (packet: Packet) => {
      if (packet.cmd !== 'suback') return;
      client.off('packetreceive', look);
      resolve(packet.granted.map(Number));
    };
    client.on('packetreceive', look);
  });
  client.subscribe([...filters], { qos: 1 }, () => undefined);
  return subacked;
}

/** Until the other side or the client has ended the connection. */
export const closed = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => {
    if (!client.connected) resolve();
    else client.once('close', () => resolve());
  });

/** With whether it was a retained one. */
export function nextMessage(
  client: MqttClient,
): Promise<{ topic: string; text: string; retain: boolean }> {
  return new Promise((resolve) =>
    client.once('message', (topic, payload, { retain }) =>
      resolve({ topic, text: String(payload), retain }),
    ),
  );
}
