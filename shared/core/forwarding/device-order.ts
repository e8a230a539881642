import type { Forwarded } from './forwarded.ts';
import { deviceOfTopic } from './topic-device.ts';

/** Lets one message of a device pass after the other, and those of different devices side by side. */
export type DeviceOrder = {
  /** Starts the message at once, or when those before it of its device and rule have left. False where it has to wait. */
  enter(item: Forwarded): boolean;
  /** The message is through: the next one of its device starts. */
  leave(item: Forwarded): void;
  /** Starts no other one; gives those that wait. */
  close(): readonly Forwarded[];
};

export function createDeviceOrder(start: (item: Forwarded) => void): DeviceOrder {
  const lanes = new Map<string, Forwarded[]>();
  return {
    enter: (item) => {
      const key = laneOf(item);
      const lane = lanes.get(key);
      if (lane) lane.push(item);
      else lanes.set(key, []);
      if (!lane) start(item);
      return lane === undefined;
    },
    leave: (item) => {
      const key = laneOf(item);
      const next = lanes.get(key)?.shift();
      if (next) start(next);
      else lanes.delete(key);
    },
    close: () => {
      const waiting = [...lanes.values()].flat();
      for (const lane of lanes.values()) lane.length = 0;
      return waiting;
    },
  };
}

/** A topic that names no device is a device of its own. */
function laneOf({ rule, message: { topic } }: Forwarded): string {
  const { productKey, deviceName } = deviceOfTopic(topic);
  const device = deviceName === '' ? topic : `${productKey}/${deviceName}`;
  return `${rule.name} ${device}`;
}
