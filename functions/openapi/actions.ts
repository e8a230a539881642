import type { Action } from './action.ts';
import { applicationActions } from './actions/applications.ts';
import { certificateActions } from './actions/certificates.ts';
import { consumerGroupStatusActions } from './actions/consumer-group-status.ts';
import { consumerGroupActions } from './actions/consumer-groups.ts';
import { desiredPropertyActions } from './actions/desired-properties.ts';
import { deviceDataActions } from './actions/device-data.ts';
import { deviceListActions } from './actions/device-lists.ts';
import { deviceShadowActions } from './actions/device-shadows.ts';
import { deviceStateActions } from './actions/device-states.ts';
import { deviceStatisticsActions } from './actions/device-statistics.ts';
import { deviceTagActions } from './actions/device-tags.ts';
import { deviceActions } from './actions/devices.ts';
import { dynamicClientActions } from './actions/dynamic-clients.ts';
import { messageActions } from './actions/messages.ts';
import { productChangeActions } from './actions/product-changes.ts';
import { productTopicActions } from './actions/product-topics.ts';
import { productActions } from './actions/products.ts';
import { registrationActions } from './actions/registration.ts';
import { remoteConfigActions } from './actions/remote-config.ts';
import { rrpcActions } from './actions/rrpc.ts';
import { subscribeRelationActions } from './actions/subscribe-relations.ts';
import { thingControlActions } from './actions/thing-control.ts';
import { thingModelJsonActions } from './actions/thing-model-json.ts';
import { thingModelActions } from './actions/thing-models.ts';
import { topologyActions } from './actions/topology.ts';

const actions = {
  ...productActions,
  ...productChangeActions,
  ...thingModelActions,
  ...thingModelJsonActions,
  ...deviceActions,
  ...deviceListActions,
  ...deviceStateActions,
  ...deviceStatisticsActions,
  ...deviceDataActions,
  ...deviceShadowActions,
  ...desiredPropertyActions,
  ...deviceTagActions,
  ...remoteConfigActions,
  ...applicationActions,
  ...registrationActions,
  ...dynamicClientActions,
  ...certificateActions,
  ...messageActions,
  ...rrpcActions,
  ...thingControlActions,
  ...productTopicActions,
  ...topologyActions,
  ...consumerGroupActions,
  ...consumerGroupStatusActions,
  ...subscribeRelationActions,
};

const byName = new Map(
  Object.entries(actions).map(([name, action]) => [name.toLowerCase(), action]),
);

/** In any case: clients turn `RRpc` into `Rrpc` and the like (protocol.md 7.1). */
export function findAction(name: string): Action | undefined {
  return byName.get(name.toLowerCase());
}
