import { ok, type Result, refuse } from '../../model/failure.ts';
import type { EventBody, PropertyBody } from '../../model/message.ts';
import type { ValidationLevel } from '../../model/product.ts';
import type { AlinkRequest } from '../alink/parse-alink-request.ts';
import type { Failures } from '../tsl/failures.ts';
import type { Content, Judged } from './uplink.ts';

type Posted = Pick<AlinkRequest, 'id' | 'params'>;

/**
 * A property post as the platform routes it (protocol.md 8.3). What fails the thing model is listed
 * in `checkFailedData` and not among the items; a product set to strong validation refuses the whole
 * post, and one set to none takes everything as it comes (5.4). What a history post brings has a topic of
 * its own.
 */
export function propertyContent(
  alink: Posted,
  { uplink, product, nowMs }: Judged,
  isHistory = false,
): Result<Content> {
  const { productKey, deviceName, iotId } = uplink.device;
  const { validation } = product.record;
  const { thingModel } = product;
  const taken =
    validation === 'none'
      ? thingModel.takeProperties(alink.params, nowMs)
      : thingModel.checkProperties(alink.params, nowMs);
  const judged = judge(taken, validation);
  if (!judged.ok) return judged;
  const { items, failed } = judged.value;
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
  const topic = `/${productKey}/${deviceName}/thing/event/property/${isHistory ? 'history/' : ''}post`;
  return ok({ kind: 'property', topic, body: Buffer.from(JSON.stringify(body)), failed });
}

/** As propertyContent, for an event. */
export function eventContent(
  { identifier, alink }: { identifier: string; alink: Posted },
  { uplink, product, nowMs }: Judged,
  isHistory = false,
): Result<Content> {
  const { productKey, deviceName, iotId } = uplink.device;
  const { validation } = product.record;
  const { thingModel } = product;
  const taken =
    validation === 'none'
      ? thingModel.takeEvent(identifier, alink.params, nowMs)
      : thingModel.checkEvent(identifier, alink.params, nowMs);
  const judged = judge(taken, validation);
  if (!judged.ok) return judged;
  const { name, type, value, time, failed } = judged.value;
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
  const topic = `/${productKey}/${deviceName}/thing/event/${identifier}/${isHistory ? 'history/' : ''}post`;
  return ok({ kind: 'event', topic, body: Buffer.from(JSON.stringify(body)), failed });
}

/** Strong validation refuses the whole for its first failure. */
function judge<Checked extends Failures>(
  taken: Result<Checked>,
  validation: ValidationLevel,
): Result<Checked> {
  if (!taken.ok || validation !== 'strong' || !taken.value.firstFailure) return taken;
  return refuse({ kind: 'tsl-violation', ...taken.value.firstFailure });
}

/** Products have no category here; the platform calls such ones so. */
const DEVICE_TYPE = 'CustomCategory';
