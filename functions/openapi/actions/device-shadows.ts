import { readApiRequest } from '../../../shared/core/shadow/api-request.ts';
import { isOrder } from '../../../shared/core/shadow/apply-change.ts';
import { shadowDocument } from '../../../shared/core/shadow/shadow-document.ts';
import { controlMessage, shadowTopic } from '../../../shared/core/shadow/shadow-replies.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import { ok, type Result } from '../../../shared/model/failure.ts';
import type { ShadowRecord } from '../../../shared/model/tables.ts';
import type { ShadowRequest, ShadowState } from '../../../shared/ports/shadows.ts';
import type { Action, ActionParts, Actions } from '../action.ts';
import { anyText, bool } from '../decoders.ts';
import { readAll, required, withDefault } from '../parameters.ts';
import { readDevice } from './device-reference.ts';
import { tellDevice } from './tell-device.ts';

const getDeviceShadow: Action = async (parameters, parts) => {
  const found = await readDevice(parameters, parts);
  if (!found.ok) return found;
  const state = await perform(found.value, { kind: 'get' }, parts);
  if (!state.ok) return state;
  return ok({ ShadowMessage: JSON.stringify(shadowDocument(state.value.document)) });
};

const updateDeviceShadow: Action = async (parameters, parts) => {
  const readers = {
    shadowMessage: required('ShadowMessage', anyText),
    isDelta: withDefault('DeltaUpdate', bool, false),
  };
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const { shadowMessage, isDelta } = read.value;
  const change = readApiRequest(shadowMessage, { isDelta, atMs: parts.nowMs() });
  if (!change.ok) return change;
  const found = await readDevice(parameters, parts);
  if (!found.ok) return found;
  const state = await perform(found.value, change.value, parts);
  if (!state.ok) return state;
  const { document } = state.value;
  if (document && isOrder(change.value)) await sendOrder(found.value, document, parts);
  return ok({});
};

async function perform(
  owner: DeviceRecord,
  request: ShadowRequest,
  { shadows }: ActionParts,
): Promise<Result<ShadowState>> {
  const [state] = await shadows.perform(owner, [request]);
  if (!state) throw new Error('a request of a shadow has no state');
  return state;
}

/** To a device that is there; any other finds it when it asks for its shadow (protocol.md 6.2). */
async function sendOrder(
  { productKey, deviceName }: DeviceRecord,
  document: ShadowRecord,
  parts: ActionParts,
): Promise<void> {
  const topic = shadowTopic('get', { productKey, deviceName });
  const payload = controlMessage(document, parts.nowMs());
  // The change is kept: to fail now would have it asked for again, under a version that is taken.
  await tellDevice({ productKey, deviceName, topic, payload, qos: 0 }, parts);
}

export const deviceShadowActions: Actions = {
  GetDeviceShadow: getDeviceShadow,
  UpdateDeviceShadow: updateDeviceShadow,
};
