import { ALINK_CODES, refuseAlink } from '../../../shared/core/alink/alink-codes.ts';
import { alinkDownlink, newAlinkId } from '../../../shared/core/alink/alink-downlink.ts';
import { findProduct } from '../../../shared/core/products/products.ts';
import { inGroups } from '../../../shared/core/records/in-groups.ts';
import { logConfig, setLogMode } from '../../../shared/core/remote-config/log-config.ts';
import {
  type ConfigNotice,
  configNotice,
  findRemoteConfig,
  LONGEST_CONFIG_BYTES,
  setRemoteConfig,
} from '../../../shared/core/remote-config/remote-config.ts';
import { ok, refuse } from '../../../shared/model/failure.ts';
import type { Action, ActionParts, Actions } from '../action.ts';
import { keyText, oneOf } from '../decoders.ts';
import { type Decode, optional, readAll, required } from '../parameters.ts';
import { readDevice } from './device-reference.ts';
import { tellDevice } from './tell-device.ts';

/*
 * Mooring's own: the platform has remote configuration in its console alone (protocol.md 4.10, 4.12).
 */

const json: Decode<string> = (text) => {
  if (Buffer.byteLength(text) > LONGEST_CONFIG_BYTES) {
    return { reason: `at most ${LONGEST_CONFIG_BYTES} bytes` };
  }
  try {
    JSON.parse(text);
    return { value: text };
  } catch {
    return { reason: 'not JSON' };
  }
};

const setRemoteConfigAction: Action = async (parameters, parts) => {
  const readers = {
    productKey: required('ProductKey', keyText),
    content: required('Content', json),
  };
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const product = await findProduct(read.value.productKey, parts.store);
  if (!product.ok) return product;
  const { configId } = await setRemoteConfig(read.value, parts);
  return ok({ Data: { ConfigId: configId } });
};

const queryRemoteConfig: Action = async (parameters, { store }) => {
  const productKey = required('ProductKey', keyText)(parameters);
  if (!productKey.ok) return productKey;
  const product = await findProduct(productKey.value, store);
  if (!product.ok) return product;
  const config = await findRemoteConfig(productKey.value, store);
  if (!config) return ok({ Data: {} });
  const { configId, content, changedAtMs } = config;
  return ok({ Data: { ConfigId: configId, Content: content, Time: String(changedAtMs) } });
};

/** To those that are connected now: the others ask for it when they are. `Sent` counts the former. */
const pushRemoteConfig: Action = async (parameters, parts) => {
  const readers = {
    productKey: required('ProductKey', keyText),
    deviceName: optional('DeviceName', keyText),
  };
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const { productKey, deviceName } = read.value;
  const product = await findProduct(productKey, parts.store);
  if (!product.ok) return product;
  const config = await findRemoteConfig(productKey, parts.store);
  if (!config) return refuseAlink(ALINK_CODES.noData);
  if (parts.publicUrl === undefined) return NO_URL;
  if (deviceName !== undefined) {
    const device = await readDevice(parameters, parts);
    if (!device.ok) return device;
  }
  const names =
    deviceName === undefined ? await parts.downlink.connectedDevices(productKey) : [deviceName];
  if (!names) return NO_NAMES;
  const push = { productKey, names, notice: configNotice(config, parts.publicUrl) };
  return ok({ Data: { Sent: await pushToAll(push, parts) } });
};

const NO_URL = refuse({
  kind: 'downlink-failed',
  reason: 'MOORING_PUBLIC_URL is not set: devices could not fetch the configuration',
});

const NO_NAMES = refuse({
  kind: 'missing-parameter',
  parameter: 'DeviceName',
});

type Push = { productKey: string; names: readonly string[]; notice: ConfigNotice };

async function pushToAll(
  { productKey, names, notice }: Push,
  { downlink, randomBytes }: ActionParts,
): Promise<number> {
  let sent = 0;
  for (const group of inGroups(names, PUSHES_AT_ONCE)) {
    const deliveries = await Promise.all(
      group.map((deviceName) => {
        const method = 'thing.config.push';
        const id = newAlinkId(randomBytes);
        const request = { productKey, deviceName, method, id, params: notice };
        return downlink.publish(alinkDownlink(request));
      }),
    );
    sent += deliveries.filter((delivery) => delivery === 'sent').length;
  }
  return sent;
}

const PUSHES_AT_ONCE = 50;

const setDeviceLogConfig: Action = async (parameters, parts) => {
  const mode = required('Mode', oneOf({ '0': 0, '1': 1 } as const))(parameters);
  if (!mode.ok) return mode;
  const device = await readDevice(parameters, parts);
  if (!device.ok) return device;
  const { productKey, deviceName, iotId } = device.value;
  await setLogMode(iotId, mode.value, parts.store);
  const id = newAlinkId(parts.randomBytes);
  const method = 'thing.config.log.push';
  const request = { productKey, deviceName, method, id, params: logConfig(mode.value) };
  await tellDevice(alinkDownlink(request), parts);
  return ok({});
};

export const remoteConfigActions: Actions = {
  SetRemoteConfig: setRemoteConfigAction,
  QueryRemoteConfig: queryRemoteConfig,
  PushRemoteConfig: pushRemoteConfig,
  SetDeviceLogConfig: setDeviceLogConfig,
};
