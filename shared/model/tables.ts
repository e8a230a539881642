import type { DeviceRecord } from './device.ts';
import type { ForwardingRule } from './forwarding.ts';
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
  device_table: CertificateRecord;
  certificate_ids: CertificateIdRecord;
  certificate_issues: CertificateIssuesRecord;
  applications: ApplicationRecord;
  presence: PresenceRecord;
  shadows: ShadowRecord;
  desired_properties: DesiredRecord;
  tags: TagsRecord;
  topic_classes: TopicClassRecord;
  dynamic_clients: DynamicClientRecord;
  mqtt_connections: MqttConnectionRecord;
  remote_configs: RemoteConfigRecord;
  log_configs: LogConfigRecord;
  answers: AnswerRecord;
  consumer_groups: ConsumerGroupRecord;
  subscriptions: SubscriptionRecord;
  group_status: GroupStatusRecord;
  forwarding_rules: ForwardingRuleRecord;
  topology: TopologyRecord;
  topology_gateways: TopologyGatewayRecord;
  firmware: FirmwareRecord;
};

export type TableName = keyof TableRecords;

/** Partition productKey, sort functionBlockId (`default` for the default module). */
type ThingModelRecord = { thingModel: ThingModel; importedAtMs: number };

/** Index by iotId: partition iotId. Written after the device, can be rebuilt from `devices`. */
type DeviceIdRecord = { productKey: string; deviceName: string };

/**
 * Partition productKey, sort one of some shards: many devices are registered at once, and each
 * counts on its own record; an import of a list has one of its own, `import-<importId>`. The sum is the count. Written after the devices, can be rebuilt.
 */
type ProductCountRecord = { devices: number };

/** Partition iotId, so that a device made again under an old name starts empty: the latest value of each property. */
export type ThingStateRecord = {
  properties: Readonly<Record<string, TimedValue & { messageId: string; arrivedAtMs: number }>>;
  /** Of the last message over HTTP, which makes a device count as online for a while; 0 before it. */
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

/**
 * `device_table` of the certificate distributor: partition deviceId, no sort key. The columns are
 * those of the manual (seed 003, 5.3) and are kept one by one in stores that have columns
 * (model/table-layouts.ts), so that a table which a factory has filled itself serves as it is.
 */
export type CertificateRecord = {
  /** Milliseconds since the epoch; null before the device is registered. */
  registerTime: number | null;
  /** Of the first issue: when the device first asked for its certificate. */
  activateTime: number | null;
  /** Null where the owner left it out and the device is not registered yet: the request names it. */
  productKey: string | null;
  /** Null before the device is registered, unless its owner chose the name. */
  deviceName: string | null;
  /** Sealed. A plain one, which another program wrote, is sealed when it is next used or at rotation. */
  deviceSecret: string | null;
  iotId: string | null;
};

/**
 * Index of device_table by product: partition productKey, sort deviceId. Written before a row gets a
 * sealed secret, so that rotation finds every one of them; it may name rows that have none.
 */
type CertificateIdRecord = Readonly<Record<string, never>>;

/** Partition deviceId: what limits how often a certificate is handed out, and the audit of it. */
export type CertificateIssuesRecord = {
  /** The first answer of each issue, oldest first; the last MOST_KEPT_ISSUES of them. */
  issues: readonly { atMs: number; sourceIp: string; requestId: string }[];
  /** Of all issues, or of those since they were last counted from zero. */
  count: number;
  revokedAtMs: number | null;
};

/** Partition `${applyId}`: names that BatchCheckDeviceNames or BatchRegisterDevice set aside. Expires. */
export type ApplicationRecord = {
  productKey: string;
  status: 'checked' | 'registering' | 'registered' | 'failed';
  /**
   * In the order of the call; when registered, those that are. The iotId is drawn with the name, so
   * that a device which exists can be told from another of its name.
   */
  devices: readonly { deviceName: string; nickname: string; iotId: string }[];
  /** Not to be registered: with any of them before the registration there is none. */
  invalidDeviceNames: readonly string[];
  createdAtMs: number;
};

/** Partition iotId. What the last status message of the device said. */
export type PresenceRecord = {
  status: 'online' | 'offline';
  changedAtMs: number;
  /** Of the last time that it came online. */
  onlineAtMs: number;
  clientIp: string;
  /** Of the status message: decides between two of one millisecond. */
  messageId: string;
};

/** Partition iotId. See core/shadow for what may be in it; timestamps are seconds (protocol.md 6.1). */
export type ShadowRecord = {
  reported: Readonly<Record<string, unknown>>;
  desired: Readonly<Record<string, unknown>>;
  reportedMetadata: Readonly<Record<string, unknown>>;
  desiredMetadata: Readonly<Record<string, unknown>>;
  timestampSeconds: number;
  version: number;
  /** Of the last changes, oldest first: one that comes again is taken as done. Absent: none. */
  recentMessageIds?: readonly string[];
};

/** Partition iotId, by identifier. `value` null: cleared, while the version goes on (protocol.md 4.8). */
export type DesiredRecord = {
  properties: Readonly<Record<string, { value: unknown; version: number; changedAtMs: number }>>;
};

/** Partition iotId: attrKey to attrValue, at most 100 (protocol.md 4.9, 5.5). */
export type TagsRecord = { tags: Readonly<Record<string, string>> };

/** Partition productKey, sort `${topicId}`: a custom topic class (protocol.md 7.3). */
export type TopicClassRecord = {
  topicId: number;
  /** Without `/${pk}/${dn}/user/`. */
  topicShortName: string;
  operation: 'SUB' | 'PUB' | 'ALL';
  description: string;
  createdAtMs: number;
};

/** Partition iotId, sort clientId: who was let in without a device secret (protocol.md 3.6, connwl). */
export type DynamicClientRecord = {
  /** SHA-256 of the deviceToken, hex: the token itself is not kept. */
  tokenDigest: string;
  createdAtMs: number;
};

/** Partition iotId: the connection of a device behind a broker that is not ours. A later one takes its place. */
export type MqttConnectionRecord = { clientId: string; connectedAtMs: number };

/** Partition productKey: the remote configuration of a product (protocol.md 4.10). */
export type RemoteConfigRecord = {
  /** Drawn anew with every change; part of the address that devices fetch it from. */
  configId: string;
  content: string;
  changedAtMs: number;
};

/** Partition iotId: 1 the device is to report its log, 0 it is not (protocol.md 4.12). */
export type LogConfigRecord = { mode: 0 | 1 };

/** Partition is the topic that a device answered on, `payload` base64. Expires within a minute. */
export type AnswerRecord = { payload: string };

/** Partition `consumer-groups`, sort groupId. `DEFAULT_GROUP` is there without a record. */
export type ConsumerGroupRecord = {
  groupName: string;
  createdAtMs: number;
  /** What was generated before is not delivered any more; 0 where the position was never reset. */
  resetAtMs: number;
};

/** Partition productKey, sort `AMQP`: which messages of the product go to which consumer groups (protocol.md 7.4). */
export type SubscriptionRecord = {
  groupIds: readonly string[];
  flags: Readonly<Record<SubscriptionFlag, boolean>>;
};

/** Named as the parameters of CreateSubscribeRelation, in camel case. */
export type SubscriptionFlag =
  | 'deviceDataFlag'
  | 'deviceStatusChangeFlag'
  | 'deviceLifeCycleFlag'
  | 'deviceTopoLifeCycleFlag'
  | 'foundDeviceListFlag'
  | 'deviceTagFlag'
  | 'otaEventFlag'
  | 'otaVersionFlag'
  | 'otaJobFlag'
  | 'thingHistoryFlag';

/** Partition groupId, sort is the serving process. Written by whoever serves the group's consumers, every few seconds; expires. */
export type GroupStatusRecord = {
  /** Messages that wait for the group. */
  accumulated: number;
  /** Messages a minute, of those that had waited and of those delivered as they came. */
  accumulatedPerMinute: number;
  realTimePerMinute: number;
  /** Null before the first. */
  lastConsumedAtMs: number | null;
  clients: readonly GroupClient[];
};

export type GroupClient = {
  clientId: string;
  /** `ip:port`. */
  address: string;
  onlineAtMs: number;
  accumulatedPerMinute: number;
  realTimePerMinute: number;
};

/** Partition `forwarding-rules`, sort the name of the rule. */
export type ForwardingRuleRecord = ForwardingRule & { changedAtMs: number };

/** Partition the iotId of a gateway, sort that of a sub-device (protocol.md 4.13). Follows topology_gateways. */
type TopologyRecord = { productKey: string; deviceName: string; addedAtMs: number };

/** Partition the iotId of a sub-device: it has one gateway, and this says which. */
type TopologyGatewayRecord = {
  gatewayIotId: string;
  /** The bus has yet to be told, as in DeviceRecord. */
  untold?: true;
};

/** Partition iotId: what a device has reported of its firmware, a hundred modules at most (protocol.md 4.11). */
export type FirmwareRecord = { modules: readonly FirmwareModule[] };

export type FirmwareModule = {
  moduleName: string;
  version: string;
  informedAtMs: number;
  /** An upgrade of it is under way: its progress was reported, and how it ended was not. */
  isUpgrading?: true;
};
