import { findDevice } from '../../shared/core/devices/find-device.ts';
import { createProductDirectory } from '../../shared/core/products/product-directory.ts';
import type { NewProduct } from '../../shared/core/products/products.ts';
import { takeUplink } from '../../shared/core/uplink/take-uplink.ts';
import type { Taken, Uplink, UplinkParts } from '../../shared/core/uplink/uplink.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import type { DownlinkMessage } from '../../shared/ports/downlink.ts';
import { createMemoryParts, type MemoryParts } from './memory-parts.ts';
import { accepted, registerTestDevice } from './test-device.ts';

export type TestUplink = {
  parts: MemoryParts;
  device: DeviceRecord;
  /** Takes a body, JSON unless it is a buffer, from a topic of the device. */
  take(topic: string, body: unknown, transport?: Transport): Promise<Taken>;
  /** As ask, of another device. */
  askAs(device: DeviceRecord, suffix: string, body: unknown): Promise<Said>;
  /** As take, under `/sys` of the device, and gives the one reply. */
  ask(suffix: string, body: unknown): Promise<Said>;
  sys(suffix: string): string;
};

type Transport = Uplink['transport'];

/** A message to the device, with its JSON read. */
export type Said = { topic: string; qos: 0 | 1; body: Record<string, unknown> };

export const PUBLIC_URL = 'https://iot.example.com';

/** What becomes of messages over MQTT, over memory, with one device. */
export async function openUplink(
  product: Partial<NewProduct> = {},
  changes: Partial<UplinkParts> = { publicUrl: PUBLIC_URL },
): Promise<TestUplink> {
  const parts = createMemoryParts();
  const registered = await registerTestDevice(parts, { product });
  const device = accepted(await findDevice(registered, parts.store));
  const products = createProductDirectory(parts);
  const uplinkParts = { ...parts, products, ...changes };
  const sys = (suffix: string) => `/sys/${device.productKey}/${device.deviceName}/${suffix}`;
  const takeAs = (by: DeviceRecord, topic: string, sent: unknown, transport: Transport) => {
    const body = Buffer.isBuffer(sent) ? sent : Buffer.from(JSON.stringify(sent));
    const wantsReplies = transport === 'mqtt';
    return takeUplink({ device: by, topic, body, transport, wantsReplies }, uplinkParts);
  };
  const take: TestUplink['take'] = (topic, sent, transport = 'mqtt') =>
    takeAs(device, topic, sent, transport);
  const askAs: TestUplink['askAs'] = async (by, suffix, body) => {
    const topic = `/sys/${by.productKey}/${by.deviceName}/${suffix}`;
    const { replies } = await takeAs(by, topic, body, 'mqtt');
    return onlyReply(replies, by);
  };
  const ask: TestUplink['ask'] = (suffix, body) => askAs(device, suffix, body);
  return { parts, device, take, ask, askAs, sys };
}

/** @throws Error unless there is exactly one, and it is for the device. */
export function onlyReply(replies: readonly DownlinkMessage[], device: DeviceRecord): Said {
  const [reply, ...more] = replies;
  if (!reply || more.length > 0) throw new Error(`${replies.length} replies, not one`);
  const { productKey, deviceName, topic, qos, payload } = reply;
  if (productKey !== device.productKey || deviceName !== device.deviceName) {
    throw new Error(`a reply to ${productKey}/${deviceName}`);
  }
  return { topic, qos, body: JSON.parse(Buffer.from(payload).toString('utf8')) };
}
