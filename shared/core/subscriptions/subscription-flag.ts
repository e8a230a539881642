import type { Message } from '../../model/message.ts';
import type { SubscriptionFlag, SubscriptionRecord } from '../../model/tables.ts';

/** With every flag set: all that a product has to say. */
export const ALL_FLAGS: Readonly<Record<SubscriptionFlag, true>> = {
  deviceDataFlag: true,
  deviceStatusChangeFlag: true,
  deviceLifeCycleFlag: true,
  deviceTopoLifeCycleFlag: true,
  foundDeviceListFlag: true,
  deviceTagFlag: true,
  otaEventFlag: true,
  otaVersionFlag: true,
  otaJobFlag: true,
  thingHistoryFlag: true,
};

export const SUBSCRIPTION_FLAGS = Object.keys(ALL_FLAGS) as readonly SubscriptionFlag[];

type Routed = Pick<Message, 'kind' | 'topic'>;

/** The consumer groups that a message of the product goes to. */
export function groupsOf(
  { groupIds, flags }: SubscriptionRecord,
  message: Routed,
): readonly string[] {
  return flags[flagOf(message)] ? groupIds : NO_GROUPS;
}

const NO_GROUPS: readonly string[] = [];

/** The flag that subscribes to a message (protocol.md 7.4, 8.3). Nothing on the bus is of `otaJobFlag` yet. */
export function flagOf({ kind, topic }: Routed): SubscriptionFlag {
  switch (kind) {
    case 'property':
    case 'event':
      return topic.endsWith(HISTORY_POST) ? 'thingHistoryFlag' : 'deviceDataFlag';
    case 'uplink':
    case 'reply':
      return 'deviceDataFlag';
    case 'status':
      return 'deviceStatusChangeFlag';
    case 'tags':
      return 'deviceTagFlag';
    case 'lifecycle':
      return 'deviceLifeCycleFlag';
    case 'topology':
      return 'deviceTopoLifeCycleFlag';
    case 'found':
      return 'foundDeviceListFlag';
    case 'ota_version':
      return 'otaVersionFlag';
    case 'ota_result':
      return 'otaEventFlag';
  }
}

const HISTORY_POST = '/history/post';
