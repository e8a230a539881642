import type { JsonObject } from '../../../shared/core/alink/json-object.ts';
import { readTagList } from '../../../shared/core/tags/tag-requests.ts';
import {
  deleteTags,
  readTags,
  saveTags,
  type Tags,
  tagsContent,
} from '../../../shared/core/tags/tags.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import { ok, type Refusal, type Result, refuse } from '../../../shared/model/failure.ts';
import type { TagsBody } from '../../../shared/model/message.ts';
import type { Action, ActionParts, Actions } from '../action.ts';
import { jsonObject, keyText } from '../decoders.ts';
import { required } from '../parameters.ts';
import { readDevice } from './device-reference.ts';

const MOST_A_CALL = 100;
const MOST_PROPS_BYTES = 5 * 1024;

/** Tags of a device, `Props` on the platform: `{"color":"red"}` (protocol.md 7.3). */
const saveDeviceProp: Action = async (parameters, parts) => {
  const props = required('Props', jsonObject)(parameters);
  if (!props.ok) return props;
  const tags = readProps(props.value);
  if (!tags.ok) return tags;
  const found = await readDevice(parameters, parts);
  if (!found.ok) return found;
  const device = found.value;
  const saved = await saveTags(tags.value, { device, store: parts.store });
  if (!saved.ok) return refuseProps('Props.N', 'a device has at most 100');
  const value = Object.entries(tags.value).map(([attrKey, attrValue]) => ({ attrKey, attrValue }));
  await publishTags(device, { action: 'update', value }, parts);
  return ok({});
};

const queryDeviceProp: Action = async (parameters, parts) => {
  const device = await readDevice(parameters, parts);
  if (!device.ok) return device;
  return ok({ Props: JSON.stringify(await readTags(device.value.iotId, parts.store)) });
};

const deleteDeviceProp: Action = async (parameters, parts) => {
  const key = required('PropKey', keyText)(parameters);
  if (!key.ok) return key;
  const device = await readDevice(parameters, parts);
  if (!device.ok) return device;
  await deleteTags([key.value], { device: device.value, store: parts.store });
  const change = { action: 'delete', value: [{ attrKey: key.value }] } as const;
  await publishTags(device.value, change, parts);
  return ok({});
};

function readProps(props: JsonObject): Result<Tags> {
  const entries = Object.entries(props);
  if (entries.length === 0) return refuseProps('Props', 'there is none in it');
  if (entries.length > MOST_A_CALL) return refuseProps('Props.N', `at most ${MOST_A_CALL}`);
  if (Buffer.byteLength(JSON.stringify(props)) > MOST_PROPS_BYTES) {
    return refuseProps('Props', `at most ${MOST_PROPS_BYTES} bytes`);
  }
  const tags = readTagList(entries.map(([attrKey, attrValue]) => ({ attrKey, attrValue })));
  return tags.ok ? tags : refuseProps('Props', 'a key or a value that no tag may have');
}

function refuseProps(parameter: string, reason: string): Refusal {
  return refuse({ kind: 'invalid-parameter', parameter, reason });
}

async function publishTags(
  device: DeviceRecord,
  change: Pick<TagsBody, 'action' | 'value'>,
  { bus, newMessageId, nowMs }: ActionParts,
): Promise<void> {
  const { productKey, deviceName, iotId } = device;
  const atMs = nowMs();
  await bus.publish({
    ...tagsContent({ ...change, device, nowMs: atMs }),
    messageId: await newMessageId(),
    productKey,
    deviceName,
    iotId,
    generateTimeMs: atMs,
    transport: 'api',
  });
}

export const deviceTagActions: Actions = {
  SaveDeviceProp: saveDeviceProp,
  QueryDeviceProp: queryDeviceProp,
  DeleteDeviceProp: deleteDeviceProp,
};
