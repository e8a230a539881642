/**
 * A message on the bus, in the form that a server-side consumer of the platform receives it
 * (protocol.md 8.3): `topic` and `body` are final, nothing behind the bus needs to parse twice.
 */
export type Message = {
  /** 64-bit unsigned decimal; consumers are idempotent by it. */
  messageId: string;
  kind: MessageKind;
  /** `/${pk}/${dn}/thing/event/property/post` for checked data, the device's own topic for the rest. */
  topic: string;
  productKey: string;
  deviceName: string;
  iotId: string;
  generateTimeMs: number;
  transport: 'http';
  /** JSON for `property` and `event`, the device's bytes for `uplink`. */
  body: Uint8Array;
};

/** `uplink` is whatever a device published that no thing model describes. */
type MessageKind = 'property' | 'event' | 'uplink';

/** A value that failed its thing model, as `checkFailedData` lists it (protocol.md 5.4). */
export type FailedItem = { value: unknown; time: number; code: number; message: string };

/** Body of a `property` message (protocol.md 8.3). */
export type PropertyBody = {
  deviceType: string;
  iotId: string;
  requestId: string;
  checkFailedData: Readonly<Record<string, FailedItem>>;
  productKey: string;
  gmtCreate: number;
  deviceName: string;
  items: Readonly<Record<string, TimedValue>>;
};

/** Body of an `event` message (protocol.md 8.3). `time` and `gmtCreate` are UTC milliseconds. */
export type EventBody = {
  identifier: string;
  name: string;
  type: string;
  iotId: string;
  requestId: string;
  productKey: string;
  deviceName: string;
  gmtCreate: number;
  value: Readonly<Record<string, unknown>>;
  time: number;
  checkFailedData: Readonly<Record<string, FailedItem>>;
};

/** `time` is UTC milliseconds, at most 13 digits. */
export type TimedValue = { value: unknown; time: number };
