import { alinkDownlink, newAlinkId } from '../../../shared/core/alink/alink-downlink.ts';
import type { JsonObject } from '../../../shared/core/alink/json-object.ts';
import { snapshotDesired } from '../../../shared/core/desired/desired-snapshot.ts';
import { checkDesired, setDesired } from '../../../shared/core/desired/set-desired.ts';
import { findControlModel } from '../../../shared/core/downlink/control-model.ts';
import { valueText } from '../../../shared/core/openapi/value-text.ts';
import { DEFAULT_MODULE } from '../../../shared/core/thing-models/thing-models.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import { ok } from '../../../shared/model/failure.ts';
import type { Action, ActionParts, Actions } from '../action.ts';
import { anyText, jsonObject, keyText } from '../decoders.ts';
import { list, readAll, required, withDefault } from '../parameters.ts';
import { readDevice } from './device-reference.ts';
import { tellDevice } from './tell-device.ts';

const MOST_IDENTIFIERS = 10;

/** Protocol.md 4.8, 7.4. The call is done when the values are kept: a device that is away asks for them. */
const setDeviceDesiredProperty: Action = async (parameters, parts) => {
  const readers = {
    items: required('Items', jsonObject),
    versions: withDefault('Versions', jsonObject, {}),
  };
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const device = await readDevice(parameters, parts);
  if (!device.ok) return device;
  const model = await findControlModel(device.value.productKey, parts.store);
  if (!model.ok) return model;
  const checked = checkDesired(read.value.items, model.value);
  if (!checked.ok) return checked;
  const versions = await setDesired(read.value, { ...parts, device: device.value });
  if (!versions.ok) return versions;
  const messageId = newAlinkId(parts.randomBytes);
  await sendSet(device.value, { id: messageId, items: read.value.items }, parts);
  return ok({ Data: { MessageId: messageId, Versions: JSON.stringify(versions.value) } });
};

/** To a device that is connected now, and what is not cleared: there is no order to forget a value. */
async function sendSet(
  { productKey, deviceName }: DeviceRecord,
  { id, items }: { id: string; items: JsonObject },
  parts: ActionParts,
): Promise<void> {
  const wanted = Object.entries(items).filter(([, value]) => value !== null);
  if (wanted.length === 0) return;
  const method = 'thing.service.property.set';
  const params = Object.fromEntries(wanted);
  await tellDevice(alinkDownlink({ productKey, deviceName, method, id, params }), parts);
}

const queryDeviceDesiredProperty: Action = async (parameters, parts) => {
  const readers = {
    functionBlockId: withDefault('FunctionBlockId', keyText, DEFAULT_MODULE),
    identifiers: list('Identifier', MOST_IDENTIFIERS, (name) => required(name, anyText)),
  };
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const device = await readDevice(parameters, parts);
  if (!device.ok) return device;
  const snapshot = await snapshotDesired(device.value, read.value, parts.store);
  if (!snapshot.ok) return snapshot;
  const properties = snapshot.value.map(
    ({ identifier, name, dataType, unit, version, desired }) => ({
      DataType: dataType,
      Identifier: identifier,
      Name: name,
      Unit: unit,
      Version: version,
      ...(desired && { Time: String(desired.changedAtMs), Value: valueText(desired.value) }),
    }),
  );
  return ok({ Data: { List: { DesiredPropertyInfo: properties } } });
};

export const desiredPropertyActions: Actions = {
  SetDeviceDesiredProperty: setDeviceDesiredProperty,
  QueryDeviceDesiredProperty: queryDeviceDesiredProperty,
};
