import {
  findAppliedDevices,
  MOST_APPLIED_DEVICES,
} from '../../../shared/core/applications/applications.ts';
import { checkDeviceNames } from '../../../shared/core/applications/check-device-names.ts';
import {
  registerCheckedDevices,
  registerRandomDevices,
  settleApplication,
} from '../../../shared/core/applications/register-application.ts';
import { openDeviceSecret } from '../../../shared/core/devices/device-secret.ts';
import type { Registry } from '../../../shared/core/devices/registry.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import { ok } from '../../../shared/model/failure.ts';
import type { ApplicationRecord } from '../../../shared/model/tables.ts';
import type { Action, Actions } from '../action.ts';
import { anyText, integer, keyText } from '../decoders.ts';
import { list, missing, readAll, required, withDefault } from '../parameters.ts';
import { DEVICE_PAGE } from './device-page.ts';

const applyId = required('ApplyId', integer(1, Number.MAX_SAFE_INTEGER));
const productKey = required('ProductKey', keyText);

const batchCheckDeviceNames: Action = async (parameters, registry) => {
  const read = readAll({ productKey, names: plainNames, nicknamed: nicknamedNames }, parameters);
  if (!read.ok) return read;
  const { names, nicknamed } = read.value;
  // The list with nicknames wins, as it does on the platform (protocol.md 7.4).
  const wanted = nicknamed.length > 0 ? nicknamed : names;
  if (wanted.length === 0) return missing('DeviceName.N');
  const checked = await checkDeviceNames(read.value.productKey, wanted, registry);
  if (!checked.ok) return checked;
  const data = {
    ApplyId: checked.value.applyId,
    InvalidDeviceNameList: { InvalidDeviceName: checked.value.invalidDeviceNames },
    InvalidDeviceNicknameList: { InvalidDeviceNickname: checked.value.invalidNicknames },
  };
  return ok({ Data: data });
};

const plainNames = list('DeviceName', MOST_APPLIED_DEVICES, (itemName) => (parameters) => {
  const deviceName = required(itemName, anyText)(parameters);
  return deviceName.ok ? ok({ deviceName: deviceName.value, nickname: '' }) : deviceName;
});

const nicknamedNames = list('DeviceNameList', MOST_APPLIED_DEVICES, (itemName) => (parameters) => {
  const readers = {
    deviceName: required(`${itemName}.DeviceName`, anyText),
    nickname: withDefault(`${itemName}.DeviceNickname`, anyText, ''),
  };
  return readAll(readers, parameters);
});

const batchRegisterDevice: Action = async (parameters, registry) => {
  const count = required('Count', integer(1, MOST_APPLIED_DEVICES));
  const read = readAll({ productKey, count }, parameters);
  if (!read.ok) return read;
  const registered = await registerRandomDevices(read.value, registry);
  return registered.ok ? ok({ Data: { ApplyId: registered.value } }) : registered;
};

const batchRegisterDeviceWithApplyId: Action = async (parameters, registry) => {
  const read = readAll({ applyId, productKey }, parameters);
  if (!read.ok) return read;
  const registered = await registerCheckedDevices(read.value, registry);
  return registered.ok ? ok({ Data: { ApplyId: read.value.applyId } }) : registered;
};

const queryBatchRegisterDeviceStatus: Action = async (parameters, registry) => {
  const read = readAll({ applyId, productKey }, parameters);
  if (!read.ok) return read;
  const settled = await settleApplication(read.value, registry);
  if (!settled.ok) return settled;
  const { devices, invalidDeviceNames } = settled.value;
  const data = {
    InvalidList: { Name: invalidDeviceNames },
    Status: statusOf(settled.value),
    ValidList: { Name: devices.map(({ deviceName }) => deviceName) },
  };
  return ok({ Data: data });
};

/** As the platform: FAILED says that some have failed, not that all have. */
function statusOf({ status, invalidDeviceNames }: ApplicationRecord): string {
  switch (status) {
    case 'checked':
      return invalidDeviceNames.length === 0 ? 'CHECK_SUCCESS' : 'CHECK_FAILED';
    case 'registering':
      return 'CREATE';
    case 'registered':
      return 'CREATE_SUCCESS';
    case 'failed':
      return 'CREATE_FAILED';
  }
}

const queryPageByApplyId: Action = async (parameters, registry) => {
  const read = readAll({ applyId, ...DEVICE_PAGE }, parameters);
  if (!read.ok) return read;
  const { page, pageSize } = read.value;
  const settled = await settleApplication({ applyId: read.value.applyId }, registry);
  if (!settled.ok) return settled;
  const registered = settled.value.status === 'checked' ? [] : settled.value.devices;
  const shown = registered.slice((page - 1) * pageSize, page * pageSize);
  const devices = await findAppliedDevices(settled.value.productKey, shown, registry.store);
  return ok({
    ApplyDeviceList: {
      ApplyDeviceInfo: devices.map((device) => applyDeviceInfo(device, registry)),
    },
    Page: page,
    PageCount: Math.ceil(registered.length / pageSize),
    PageSize: pageSize,
    Total: registered.length,
  });
};

function applyDeviceInfo(device: DeviceRecord, { sealing }: Registry) {
  return {
    DeviceId: device.iotId,
    DeviceName: device.deviceName,
    DeviceSecret: openDeviceSecret(device, sealing),
    IotId: device.iotId,
  };
}

export const applicationActions: Actions = {
  BatchCheckDeviceNames: batchCheckDeviceNames,
  BatchRegisterDevice: batchRegisterDevice,
  BatchRegisterDeviceWithApplyId: batchRegisterDeviceWithApplyId,
  QueryBatchRegisterDeviceStatus: queryBatchRegisterDeviceStatus,
  QueryPageByApplyId: queryPageByApplyId,
};
