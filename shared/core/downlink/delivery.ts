import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { Delivery } from '../../ports/downlink.ts';
import type { TopicOwner } from '../topic/may-publish.ts';

/** To one device (protocol.md 3.9). */
const DOWNLINKS_PER_SECOND = 50;

/** Of a message over MQTT (protocol.md 3.9). */
export const MOST_PAYLOAD_BYTES = 256 * 1024;

export function checkPayload(payload: Uint8Array, limitBytes: number): Result<void> {
  return payload.length <= limitBytes
    ? ok(undefined)
    : refuse({ kind: 'payload-too-large', limitBytes });
}

export function refuseOffline({ productKey, deviceName }: TopicOwner): Refusal {
  return refuse({ kind: 'device-offline', productKey, deviceName });
}

/** Refuses `rate-exceeded`: everything else is for the caller to judge. */
export function refuseFlood(delivery: Delivery): Result<Exclude<Delivery, 'rate-exceeded'>> {
  if (delivery !== 'rate-exceeded') return ok(delivery);
  return refuse({ kind: 'rate-exceeded', limitPerSecond: DOWNLINKS_PER_SECOND });
}
