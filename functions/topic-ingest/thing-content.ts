import type { AlinkRequest } from '../../shared/core/alink/parse-alink-request.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { EventBody, PropertyBody } from '../../shared/model/message.ts';
import type { Content, Judged } from './uplink.ts';

/**
 * A property post as the platform routes it (protocol.md 8.3). What fails the thing model is listed
 * in `checkFailedData` and not among the items; a product set to strong validation refuses the whole
 * post, and one set to none takes everything as it comes (5.4).
 */
export function propertyContent(
  alink: AlinkRequest,
  { uplink, product, nowMs }: Judged,
): Result<Content> {
  const { productKey, deviceName, iotId } = uplink.device;
  const { validation } = product.record;
  const { thingModel } = product;
  const taken =
    validation === 'none'
      ? thingModel.takeProperties(alink.params, nowMs)
      : thingModel.checkProperties(alink.params, nowMs);
  if (!taken.ok) return taken;
  const { items, failed, firstFailure } = taken.value;
  if (validation === 'strong' && firstFailure)
    return refuse({ kind: 'tsl-violation', ...firstFailure });
  const body: PropertyBody = {
    deviceType: DEVICE_TYPE,
    iotId,
    requestId: alink.id,
    checkFailedData: failed,
    productKey,
    gmtCreate: nowMs,
    deviceName,
    items,
  };
  const topic = `/${productKey}/${deviceName}/thing/event/property/post`;
  return ok({ kind: 'property', topic, body: Buffer.from(JSON.stringify(body)) });
}

/** As propertyContent, for an event. */
export function eventContent(
  identifier: string,
  alink: AlinkRequest,
  { uplink, product, nowMs }: Judged,
): Result<Content> {
  const { productKey, deviceName, iotId } = uplink.device;
  const { validation } = product.record;
  const { thingModel } = product;
  const taken =
    validation === 'none'
      ? thingModel.takeEvent(identifier, alink.params, nowMs)
      : thingModel.checkEvent(identifier, alink.params, nowMs);
  if (!taken.ok) return taken;
  const { name, type, value, time, failed, firstFailure } = taken.value;
  if (validation === 'strong' && firstFailure)
    return refuse({ kind: 'tsl-violation', ...firstFailure });
  const body: EventBody = {
    identifier,
    name,
    type,
    iotId,
    requestId: alink.id,
    productKey,
    deviceName,
    gmtCreate: nowMs,
    value,
    time,
    checkFailedData: failed,
  };
  const topic = `/${productKey}/${deviceName}/thing/event/${identifier}/post`;
  return ok({ kind: 'event', topic, body: Buffer.from(JSON.stringify(body)) });
}

/** Products have no category here; the platform calls such ones so. */
const DEVICE_TYPE = 'CustomCategory';
