import { findDevice } from '../../../shared/core/devices/find-device.ts';
import {
  listDynamicClients,
  removeDynamicClients,
} from '../../../shared/core/mqtt/dynamic-clients.ts';
import { ok, refuse } from '../../../shared/model/failure.ts';
import type { Action, Actions } from '../action.ts';
import { keyText } from '../decoders.ts';
import { required } from '../parameters.ts';
import { disconnecting } from './device-changes.ts';
import { readDevice } from './device-reference.ts';

const queryClientIds: Action = async (parameters, parts) => {
  const device = await readDevice(parameters, parts);
  if (!device.ok) return device;
  const { iotId } = device.value;
  const clients = await listDynamicClients(iotId, parts.store);
  const DynamicRegClientIds = clients.map(({ clientId, createdAtMs }) => ({
    ClientId: clientId,
    CreateTime: createdAtMs,
  }));
  return ok({ Data: { IotId: iotId, DynamicRegClientIds } });
};

/**
 * None of the physical devices signs in any more (seed 003, 4.3). The device stays active, so that the
 * product secret, which all of them hold, does not let them in again before ResetThing.
 */
const deleteClientIds: Action = async (parameters, parts) => {
  const device = await readDevice(parameters, parts);
  if (!device.ok) return device;
  const { iotId } = device.value;
  // One with a secret of its own has none, and stays connected.
  if ((await listDynamicClients(iotId, parts.store)).length === 0) return ok({});
  const deleteAll = disconnecting(async (reference, { store }) => {
    await removeDynamicClients(iotId, store);
    return findDevice(reference, store);
  });
  return deleteAll(parameters, parts);
};

/**
 * Keeps one of the physical devices; the others sign in no more (seed 003, 4.3). Which of them is
 * connected is not known here: the one that stays comes again.
 */
const transformClientId: Action = async (parameters, parts) => {
  const clientId = required('ClientId', keyText)(parameters);
  if (!clientId.ok) return clientId;
  const keepOne = disconnecting(async (reference, { store }) => {
    const device = await findDevice(reference, store);
    if (!device.ok) return device;
    const { iotId } = device.value;
    const clients = await listDynamicClients(iotId, store);
    if (!clients.some((client) => client.clientId === clientId.value))
      return refuse(UNKNOWN_CLIENT);
    await removeDynamicClients(iotId, store, clientId.value);
    return device;
  });
  return keepOne(parameters, parts);
};

const UNKNOWN_CLIENT = {
  kind: 'invalid-parameter',
  parameter: 'ClientId',
  reason: 'not one that the device was given',
} as const;

export const dynamicClientActions: Actions = {
  QueryClientIds: queryClientIds,
  DeleteClientIds: deleteClientIds,
  TransformClientId: transformClientId,
};
