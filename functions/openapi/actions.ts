import type { Action } from './action.ts';
import { applicationActions } from './actions/applications.ts';
import { certificateActions } from './actions/certificates.ts';
import { deviceDataActions } from './actions/device-data.ts';
import { deviceListActions } from './actions/device-lists.ts';
import { deviceActions } from './actions/devices.ts';
import { productChangeActions } from './actions/product-changes.ts';
import { productActions } from './actions/products.ts';
import { registrationActions } from './actions/registration.ts';
import { thingModelJsonActions } from './actions/thing-model-json.ts';
import { thingModelActions } from './actions/thing-models.ts';

const actions = {
  ...productActions,
  ...productChangeActions,
  ...thingModelActions,
  ...thingModelJsonActions,
  ...deviceActions,
  ...deviceListActions,
  ...deviceDataActions,
  ...applicationActions,
  ...registrationActions,
  ...certificateActions,
};

const byName = new Map(
  Object.entries(actions).map(([name, action]) => [name.toLowerCase(), action]),
);

/** In any case: clients turn `RRpc` into `Rrpc` and the like (protocol.md 7.1). */
export function findAction(name: string): Action | undefined {
  return byName.get(name.toLowerCase());
}
