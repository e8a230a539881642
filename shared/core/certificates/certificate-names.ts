import { createHash } from 'node:crypto';
import { isDeviceName } from '../devices/register-device.ts';

/** 1 to 64 visible ASCII characters: a serial number, a MAC. */
export function isDeviceId(text: string): boolean {
  return DEVICE_ID.test(text);
}

/** The deviceId itself where a device may have it as its name, else 32 hex digits that follow from it. */
export function deviceNameOf(deviceId: string): string {
  if (isDeviceName(deviceId)) return deviceId;
  return createHash('sha256').update(deviceId).digest('hex').slice(0, LONGEST_NAME_CHARACTERS);
}

const DEVICE_ID = /^[\x21-\x7e]{1,64}$/;

/** Protocol.md 0.7. */
const LONGEST_NAME_CHARACTERS = 32;
