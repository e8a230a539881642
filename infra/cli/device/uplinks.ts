import type { DeviceName, Outgoing } from './simulated-device.ts';

type Members = Readonly<Record<string, unknown>>;

/** Protocol.md 4.3. */
export function propertyPost(device: DeviceName, params: Members, id: string): Outgoing {
  return alink(device, 'event.property.post', { id, params });
}

/** Protocol.md 4.5. */
export function eventPost(
  device: DeviceName,
  { identifier, value }: { identifier: string; value: Members },
  id: string,
): Outgoing {
  return alink(device, `event.${identifier}.post`, { id, params: { value } });
}

function alink(
  { productKey, deviceName }: DeviceName,
  method: string,
  { id, params }: { id: string; params: Members },
): Outgoing {
  const topic = `/sys/${productKey}/${deviceName}/thing/${method.replaceAll('.', '/')}`;
  const request = { id, version: '1.0', params, method: `thing.${method}` };
  return { topic, payload: JSON.stringify(request) };
}

/** Protocol.md 6.1. */
export function shadowGet(device: DeviceName): Outgoing {
  return shadow(device, { method: 'get' });
}

/** `version` has to be higher than the stored one (protocol.md 6.2). */
export function shadowReport(device: DeviceName, reported: Members, version: number): Outgoing {
  return shadow(device, { method: 'update', state: { reported }, version });
}

function shadow({ productKey, deviceName }: DeviceName, message: Members): Outgoing {
  return { topic: `/shadow/update/${productKey}/${deviceName}`, payload: JSON.stringify(message) };
}

/** What a device listens to, as few filters as the platform takes in one packet (protocol.md 3.9). */
export function downlinkFilters({ productKey, deviceName }: DeviceName): readonly string[] {
  const own = `${productKey}/${deviceName}`;
  return [
    `/sys/${own}/#`,
    `/${own}/user/#`,
    `/shadow/get/${own}`,
    `/broadcast/${productKey}/#`,
    '/ext/rrpc/+',
    `/ext/rrpc/+/${own}/#`,
    `/ext/error/${own}`,
    `/ota/device/upgrade/${own}`,
  ];
}
