import type { Message } from '../../shared/model/message.ts';
import { START_MS } from './test-clock.ts';

export const SHADOW_DEVICE = {
  productKey: 'a1TestProd01',
  deviceName: 'dev_001',
  iotId: 'iot-1',
};

/** A request such as a device publishes it over MQTT, with its body as JSON unless it is bytes. */
export function shadowMessage(
  body: unknown,
  changes: Partial<Message> & { messageId: string },
): Message {
  const device = { ...SHADOW_DEVICE, ...changes };
  return {
    ...SHADOW_DEVICE,
    kind: 'uplink',
    topic: `/shadow/update/${device.productKey}/${device.deviceName}`,
    generateTimeMs: START_MS,
    transport: 'mqtt',
    body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
    ...changes,
  };
}

export function reportOf(reported: unknown, version: number): object {
  return { method: 'update', state: { reported }, version };
}
