import type { DeviceRecord } from '../../../shared/model/device.ts';
import type { DeviceConnection } from './connections.ts';

/**
 * Whether a record is that of the device which signed in: under its name may stand another one that was
 * made since, and one that was reset is to sign in anew.
 */
export function isSameDevice(
  { iotId, generation }: Pick<DeviceConnection, 'iotId' | 'generation'>,
  record: DeviceRecord | undefined,
): record is DeviceRecord {
  return record?.iotId === iotId && record.generation === generation;
}
