/** Who a simulated device is. `deviceSecret` is plain: never printed. */
export type SimulatedDevice = { productKey: string; deviceName: string; deviceSecret: string };

export type DeviceName = Pick<SimulatedDevice, 'productKey' | 'deviceName'>;

/** What a device publishes. */
export type Outgoing = { topic: string; payload: string };

/** A topic of the device itself: one that begins with no slash stands under its own names. */
export function ownTopic(topic: string, { productKey, deviceName }: DeviceName): string {
  return topic.startsWith('/') ? topic : `/${productKey}/${deviceName}/${topic}`;
}
