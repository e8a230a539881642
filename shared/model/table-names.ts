import type { TableName } from './tables.ts';

/** A record, so that a table which is missing here does not compile. */
const TABLES: Readonly<Record<TableName, true>> = {
  products: true,
  thing_models: true,
  devices: true,
  device_ids: true,
  product_counts: true,
  thing_state: true,
  property_history: true,
  event_history: true,
  access_keys: true,
  seen: true,
  device_table: true,
  certificate_issues: true,
  certificate_ids: true,
  applications: true,
  presence: true,
  shadows: true,
  desired_properties: true,
  tags: true,
  topic_classes: true,
  dynamic_clients: true,
  mqtt_connections: true,
  remote_configs: true,
  log_configs: true,
  answers: true,
  consumer_groups: true,
  subscriptions: true,
  group_status: true,
  forwarding_rules: true,
  topology: true,
  topology_gateways: true,
  firmware: true,
};

/** Every table, for stores whose tables have to be made before they are used. */
export const TABLE_NAMES: readonly TableName[] = Object.keys(TABLES) as TableName[];
