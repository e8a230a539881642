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
  transport: Transport;
  /** The device's bytes for `uplink`, JSON for every other kind. */
  body: Uint8Array;
};

/** How the device reached us; `api` is what the server side caused. */
type Transport = 'http' | 'mqtt' | 'api';

/**
 * `uplink` is whatever a device published that no thing model describes; `status` says that it came
 * or went, `reply` is its answer to a downlink, `tags` a change of its tags (protocol.md 8.3).
 */
type MessageKind = 'property' | 'event' | 'uplink' | 'status' | 'reply' | 'tags';

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

/** Body of a `status` message (protocol.md 8.3). Times without `utc` are of UTC+8. */
export type StatusBody = {
  status: 'online' | 'offline';
  iotId: string;
  productKey: string;
  deviceName: string;
  /** Of this change, `yyyy-MM-dd HH:mm:ss.SSS`. */
  time: string;
  /** Of this change, ISO with milliseconds and `Z`. */
  utcTime: string;
  /** Of the last packet of the device before this change. */
  lastTime: string;
  utcLastTime: string;
  clientIp: string;
};

/** Body of a `reply` message (protocol.md 8.3). */
export type ReplyBody = {
  gmtCreate: number;
  iotId: string;
  productKey: string;
  deviceName: string;
  requestId: string;
  code: number;
  message: string;
  /** Of the downlink that is answered. */
  topic: string;
  data: unknown;
};

/** Body of a `tags` message (protocol.md 8.3). */
export type TagsBody = {
  action: 'update' | 'delete';
  iotId: string;
  productKey: string;
  deviceName: string;
  value: readonly { attrKey: string; attrValue?: string }[];
  messageCreateTime: number;
};
