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
 * or went, `reply` is its answer to a downlink, `tags` a change of its tags, `lifecycle` that it was
 * made, deleted, disabled or enabled, `topology` that a gateway got or lost sub-devices, `found` what
 * devices a gateway has found; `ota_version` and `ota_result` are its firmware and how an upgrade
 * ended (protocol.md 8.3). What a history post brings is `property` and `event` on a topic of its own.
 */
type MessageKind =
  | 'property'
  | 'event'
  | 'uplink'
  | 'status'
  | 'reply'
  | 'tags'
  | 'lifecycle'
  | 'topology'
  | 'found'
  | 'ota_version'
  | 'ota_result';

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

/** Body of a `lifecycle` message (protocol.md 8.3). */
export type LifecycleBody = {
  action: 'create' | 'delete' | 'enable' | 'disable';
  iotId: string;
  productKey: string;
  deviceName: string;
  /** Of `create` alone. Sealed on the bus: whoever hands it to a server opens it, see core/lifecycle/open-secret.ts. */
  deviceSecret?: string;
  messageCreateTime: number;
};

/** Body of a `topology` message (protocol.md 8.3). */
export type TopologyBody = {
  action: 'create' | 'delete';
  gwIotId: string;
  gwProductKey: string;
  gwDeviceName: string;
  devices: readonly SubDevice[];
  messageCreateTime: number;
};

/** Body of a `found` message (protocol.md 8.3). A device that is not registered has no iotId, and it need not have a name yet. */
export type FoundBody = {
  gwIotId: string;
  gwProductKey: string;
  gwDeviceName: string;
  devices: readonly { iotId?: string; productKey: string; deviceName?: string }[];
};

/** A device behind a gateway. */
export type SubDevice = { iotId: string; productKey: string; deviceName: string };

/** Body of an `ota_version` message (protocol.md 8.3). */
export type OtaVersionBody = {
  iotId: string;
  deviceName: string;
  productKey: string;
  moduleName: string;
  moduleVersion: string;
  messageCreateTime: number;
};

/** Body of an `ota_result` message (protocol.md 8.3). There are no jobs here: both ids are empty. */
export type OtaResultBody = {
  iotId: string;
  productKey: string;
  deviceName: string;
  status: 'SUCCEEDED' | 'FAILED';
  messageCreateTime: number;
  /** Empty where it is not known, as `destVersion`. */
  srcVersion: string;
  destVersion: string;
  desc: string;
  jobId: '';
  taskId: '';
};
