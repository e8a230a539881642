import { deleteDevice } from '../../../shared/core/devices/change-device.ts';
import { findDevice } from '../../../shared/core/devices/find-device.ts';
import { tellDeleted } from '../../../shared/core/lifecycle/tell-lifecycle.ts';
import { ok } from '../../../shared/model/failure.ts';
import type { Action } from '../action.ts';
import { disconnect } from './device-changes.ts';
import { readDeviceReference } from './device-reference.ts';
import { relationsOf, tellEnded } from './ended-relations.ts';

/** Ends the connection of the device (protocol.md 7.4), and tells the bus of it and of what it was related to. */
export const deleteDeviceAction: Action = async (parameters, parts) => {
  const reference = readDeviceReference(parameters);
  if (!reference.ok) return reference;
  const found = await findDevice(reference.value, parts.store);
  if (!found.ok) return found;
  const relations = await relationsOf(found.value, parts.store);
  const deleted = await deleteDevice(reference.value, parts);
  if (!deleted.ok) return deleted;
  await disconnect(deleted.value, parts);
  await tellDeleted(deleted.value, 'api', parts);
  // Another one was made under its name meanwhile, and is the one that was deleted.
  if (deleted.value.iotId === found.value.iotId) await tellEnded(relations, parts);
  return ok({});
};
