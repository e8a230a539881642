import { isJsonObject, type JsonObject } from '../../../shared/core/alink/json-object.ts';
import { findDevice } from '../../../shared/core/devices/find-device.ts';
import type { DeviceReference } from '../../../shared/core/devices/registry.ts';
import { sendRequest } from '../../../shared/core/downlink/send-request.ts';
import { findProduct } from '../../../shared/core/products/products.ts';
import {
  gatewayOf,
  removeRelations,
  subDevicesOf,
} from '../../../shared/core/topology/relations.ts';
import { ok, type Refusal, type Result, refuse } from '../../../shared/model/failure.ts';
import type { Action, ActionParts, Actions } from '../action.ts';
import { integer, keyText } from '../decoders.ts';
import { type Decode, readAll, required } from '../parameters.ts';
import { fullDetail } from './device-detail.ts';
import { readDevice, readDeviceReference } from './device-reference.ts';
import { relationsOf, tellEnded } from './ended-relations.ts';

const MOST_A_PAGE = 50;

/** The sub-devices of a gateway, by iotId; none of whatever is no gateway (protocol.md 7.4). */
const getThingTopo: Action = async (parameters, parts) => {
  const read = readAll(
    {
      page: required('PageNo', integer(1, Number.MAX_SAFE_INTEGER)),
      pageSize: required('PageSize', integer(1, MOST_A_PAGE)),
    },
    parameters,
  );
  if (!read.ok) return read;
  const gateway = await readDevice(parameters, parts);
  if (!gateway.ok) return gateway;
  const { page, pageSize } = read.value;
  const subDevices = await subDevicesOf(gateway.value.iotId, parts.store);
  const shown = subDevices.slice((page - 1) * pageSize, page * pageSize);
  return ok({
    Data: {
      CurrentPage: page,
      List: {
        deviceInfo: shown.map(({ iotId, productKey, deviceName }) => ({
          DeviceName: deviceName,
          IotId: iotId,
          ProductKey: productKey,
        })),
      },
      PageCount: Math.ceil(subDevices.length / pageSize),
      PageSize: pageSize,
      Total: subDevices.length,
    },
  });
};

/** Names and words are spelt otherwise here than in QueryDeviceDetail (protocol.md 7.4). */
const getGatewayBySubDevice: Action = async (parameters, parts) => {
  const subDevice = await readDevice(parameters, parts);
  if (!subDevice.ok) return subDevice;
  const { productKey, deviceName, iotId } = subDevice.value;
  const gateway = await gatewayOf(iotId, parts.store);
  if (!gateway) return refuse({ kind: 'gateway-absent', productKey, deviceName });
  const product = await findProduct(gateway.productKey, parts.store);
  if (!product.ok) return product;
  const {
    IotId,
    Region,
    NodeType,
    Status,
    Nickname: _,
    Owner: __,
    ...shared
  } = await fullDetail(gateway, product.value, parts);
  const own = { NodeType: String(NodeType), Status: Status.toLowerCase() };
  return ok({ Data: { ...shared, ...own, iotId: IotId, region: Region } });
};

/** Of a sub-device its relation, of a gateway all of them. False: there was none. */
const removeThingTopo: Action = async (parameters, parts) => {
  const device = await readDevice(parameters, parts);
  if (!device.ok) return device;
  const relations = await relationsOf(device.value, parts.store);
  await removeRelations(device.value.iotId, parts.store);
  await tellEnded(relations, parts);
  return ok({ Data: relations.length > 0 });
};

/** Success says that the gateway was told; what it says to it comes on the bus (protocol.md 4.13). */
const notifyAddThingTopo: Action = async (parameters, parts) => {
  const list = required('DeviceListStr', jsonObjects)(parameters);
  if (!list.ok) return list;
  const reference = readDeviceReference(parameters, 'Gw');
  if (!reference.ok) return reference;
  const gateway = await findDevice(reference.value, parts.store);
  if (!gateway.ok) return gateway;
  const { productKey, deviceName, status } = gateway.value;
  if (status === 'DISABLED') return refuse({ kind: 'device-disabled', productKey, deviceName });
  const params = await namesOf(list.value, parts);
  if (!params.ok) return params;
  const method = 'thing.topo.add.notify';
  const request = { device: gateway.value, method, params: params.value };
  const sent = await sendRequest(request, parts);
  return sent.ok ? ok({ Data: { MessageId: sent.value } }) : sent;
};

type Names = { productKey: string; deviceName: string };

/** A device is named as the gateway names it, or by its iotId. All have to exist. */
async function namesOf(
  items: readonly JsonObject[],
  { store }: ActionParts,
): Promise<Result<readonly Names[]>> {
  const names: Names[] = [];
  for (const item of items) {
    const reference = referenceOf(item);
    if (!reference.ok) return reference;
    const device = await findDevice(reference.value, store);
    if (!device.ok) return device;
    const { productKey, deviceName } = device.value;
    names.push({ productKey, deviceName });
  }
  return ok(names);
}

function referenceOf(item: JsonObject): Result<DeviceReference> {
  const { productKey, deviceName } = item;
  const iotId = item['IotId'] ?? item['iotId'];
  if (isKey(iotId)) return ok({ iotId });
  if (isKey(productKey) && isKey(deviceName)) return ok({ productKey, deviceName });
  return refuseList('an item names no device');
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && 'value' in keyText(value);
}

function refuseList(reason: string): Refusal {
  return refuse({ kind: 'invalid-parameter', parameter: 'DeviceListStr', reason });
}

const MOST_NOTIFIED = 100;

/** JSON text of a list of objects. */
const jsonObjects: Decode<readonly JsonObject[]> = (text) => {
  try {
    const value: unknown = JSON.parse(text);
    const isList = Array.isArray(value) && value.length > 0 && value.length <= MOST_NOTIFIED;
    return isList && value.every(isJsonObject) ? { value } : NO_LIST;
  } catch {
    return NO_LIST;
  }
};

const NO_LIST = { reason: `not a JSON list of 1 to ${MOST_NOTIFIED} objects` };

export const topologyActions: Actions = {
  GetThingTopo: getThingTopo,
  GetGatewayBySubDevice: getGatewayBySubDevice,
  RemoveThingTopo: removeThingTopo,
  NotifyAddThingTopo: notifyAddThingTopo,
};
