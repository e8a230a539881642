import type { DownlinkMessage } from '../../ports/downlink.ts';
import type { RandomBytes } from '../random/random-text.ts';

/** A request of the cloud to one device (protocol.md 4.1). */
type AlinkDownlink = {
  productKey: string;
  deviceName: string;
  /** What is asked for: `thing.service.property.set`. The topic follows from it. */
  method: string;
  id: string;
  params: unknown;
};

/**
 * On `/sys/${pk}/${dn}/thing/service/property/set` and the like; the device answers on the same and
 * `_reply`. At QoS 1 and never stored: it is for a device that is there now.
 */
export function alinkDownlink(request: AlinkDownlink): DownlinkMessage {
  const { productKey, deviceName, method } = request;
  return {
    productKey,
    deviceName,
    topic: `/sys/${productKey}/${deviceName}/${method.replaceAll('.', '/')}`,
    payload: Buffer.from(alinkRequest(request)),
    qos: 1,
    isTransient: true,
  };
}

/** JSON text of the request alone. Members and version as the platform sends them (protocol.md 4.1). */
export function alinkRequest({
  method,
  id,
  params,
}: Pick<AlinkDownlink, 'method' | 'id' | 'params'>): string {
  return JSON.stringify({ method, id, params, version: '1.0.0' });
}

/** A decimal below 2^31: devices read it into a signed integer of 32 bits (protocol.md 4.1). */
export function newAlinkId(randomBytes: RandomBytes): string {
  return String(Buffer.from(randomBytes(4)).readUInt32BE() & 0x7fffffff);
}
