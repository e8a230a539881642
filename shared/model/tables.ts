import type { DeviceRecord } from './device.ts';
import type { TimedValue } from './message.ts';
import type { ProductRecord } from './product.ts';
import type { ThingModel } from './tsl.ts';

/** Every table of the suite and what a record of it holds; keys and expiry are in docs/storage-schema.md. */
export type TableRecords = {
  products: ProductRecord;
  thing_models: ThingModelRecord;
  devices: DeviceRecord;
  device_ids: DeviceIdRecord;
  product_counts: ProductCountRecord;
  thing_state: ThingStateRecord;
  property_history: PropertyHistoryRecord;
  event_history: EventHistoryRecord;
  access_keys: AccessKeyRecord;
  seen: SeenRecord;
};

export type TableName = keyof TableRecords;

/** Partition productKey, sort functionBlockId (`default` for the default module). */
type ThingModelRecord = { thingModel: ThingModel; importedAtMs: number };

/** Index by iotId: partition iotId. Written after the device, can be rebuilt from `devices`. */
type DeviceIdRecord = { productKey: string; deviceName: string };

/** Partition productKey. Written after the devices, can be rebuilt from them. */
type ProductCountRecord = { devices: number };

/** Partition iotId, so that a device made again under an old name starts empty: the latest value of each property, and presence. */
export type ThingStateRecord = {
  properties: Readonly<Record<string, TimedValue & { messageId: string; arrivedAtMs: number }>>;
  lastMessageAtMs: number;
};

/**
 * Partition iotId, sort `${time, 13 digits}-${messageId}`: the properties of one message that
 * share a time. Expires after 30 days.
 */
export type PropertyHistoryRecord = {
  messageId: string;
  timeMs: number;
  values: Readonly<Record<string, unknown>>;
};

/** Keyed as property_history. Expires after 30 days. */
export type EventHistoryRecord = {
  messageId: string;
  timeMs: number;
  identifier: string;
  name: string;
  type: string;
  value: Readonly<Record<string, unknown>>;
};

/** Partition `access-keys`, sort accessKeyId: one partition, so that rotation finds them all. */
type AccessKeyRecord = { sealedSecret: string; createdAtMs: number };

/** Marks that expire: partition says what was seen (`openapi-nonce/<accessKeyId>/<nonce>`). */
export type SeenRecord = { seenAtMs: number };
