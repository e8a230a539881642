import { findControlModel } from '../../../shared/core/downlink/control-model.ts';
import { askDevice, sendRequest } from '../../../shared/core/downlink/send-request.ts';
import { checkServiceCall } from '../../../shared/core/downlink/service-call.ts';
import { checkSettable } from '../../../shared/core/downlink/settable-properties.ts';
import { ok } from '../../../shared/model/failure.ts';
import type { Action, Actions } from '../action.ts';
import { jsonObject, keyText } from '../decoders.ts';
import { list, readAll, required } from '../parameters.ts';
import { readEnabledDevice } from './device-reference.ts';
import { sendToAll } from './send-to-all.ts';

const MOST_DEVICES = 100;
const PROPERTY_SET = 'thing.service.property.set';

const setDeviceProperty: Action = async (parameters, parts) => {
  const items = required('Items', jsonObject)(parameters);
  if (!items.ok) return items;
  const device = await readEnabledDevice(parameters, parts);
  if (!device.ok) return device;
  const model = await findControlModel(device.value.productKey, parts.store);
  if (!model.ok) return model;
  const checked = checkSettable(items.value, model.value);
  if (!checked.ok) return checked;
  const request = { device: device.value, method: PROPERTY_SET, params: items.value };
  const sent = await sendRequest(request, parts);
  return sent.ok ? ok({ Data: { MessageId: sent.value } }) : sent;
};

const setDevicesProperty: Action = async (parameters, parts) => {
  const read = readAll({ ...deviceReaders, items: required('Items', jsonObject) }, parameters);
  if (!read.ok) return read;
  const { productKey, names, items } = read.value;
  const model = await findControlModel(productKey, parts.store);
  if (!model.ok) return model;
  const checked = checkSettable(items, model.value);
  if (!checked.ok) return checked;
  return sendToAll({ productKey, names, method: PROPERTY_SET, params: items }, parts);
};

const invokeThingService: Action = async (parameters, parts) => {
  const read = readAll(serviceReaders, parameters);
  if (!read.ok) return read;
  const device = await readEnabledDevice(parameters, parts);
  if (!device.ok) return device;
  const { identifier, args } = read.value;
  const model = await findControlModel(device.value.productKey, parts.store);
  if (!model.ok) return model;
  const service = checkServiceCall(read.value, model.value);
  if (!service.ok) return service;
  const request = { device: device.value, method: methodOf(identifier), params: args };
  if (service.value.callType === 'async') {
    const sent = await sendRequest(request, parts);
    return sent.ok ? ok({ Data: { MessageId: sent.value, Result: '' } }) : sent;
  }
  const answered = await askDevice(request, parts);
  if (!answered.ok) return answered;
  const { id, data } = answered.value;
  return ok({ Data: { MessageId: id, Result: JSON.stringify(data) } });
};

/** Sent without waiting, also what is called synchronously one by one (protocol.md 7.4). */
const invokeThingsService: Action = async (parameters, parts) => {
  const read = readAll({ ...deviceReaders, ...serviceReaders }, parameters);
  if (!read.ok) return read;
  const { productKey, names, identifier, args } = read.value;
  const model = await findControlModel(productKey, parts.store);
  if (!model.ok) return model;
  const service = checkServiceCall(read.value, model.value);
  if (!service.ok) return service;
  return sendToAll({ productKey, names, method: methodOf(identifier), params: args }, parts);
};

const deviceReaders = {
  productKey: required('ProductKey', keyText),
  names: list('DeviceName', MOST_DEVICES, (itemName) => required(itemName, keyText)),
};

const serviceReaders = {
  identifier: required('Identifier', keyText),
  args: required('Args', jsonObject),
};

const methodOf = (identifier: string): string => `thing.service.${identifier}`;

export const thingControlActions: Actions = {
  SetDeviceProperty: setDeviceProperty,
  SetDevicesProperty: setDevicesProperty,
  InvokeThingService: invokeThingService,
  InvokeThingsService: invokeThingsService,
};
