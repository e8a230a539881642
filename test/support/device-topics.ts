import type { Identity } from './device-stack.ts';

export const customTopic = ({ productKey, deviceName }: Identity, name: string): string =>
  `/${productKey}/${deviceName}/user/${name}`;

export const propertyPost = ({ productKey, deviceName }: Identity): string =>
  `/sys/${productKey}/${deviceName}/thing/event/property/post`;

/** Payload of a property post. */
export const properties = (params: object): string =>
  JSON.stringify({ id: '1', version: '1.0', params });
