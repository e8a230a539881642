/** A device as the `devices` table keeps it: partition productKey, sort deviceName. */
export type DeviceRecord = {
  productKey: string;
  deviceName: string;
  iotId: string;
  /** Sealed, see shared/core/sealing. */
  sealedSecret: string;
  nickname: string;
  /** `UNACTIVE` until the first sign-in; online and offline are presence, not status. */
  status: 'UNACTIVE' | 'ACTIVE' | 'DISABLED';
  /** First sign-in; null before it. A device that is enabled again is `ACTIVE` if it has one. */
  activatedAtMs: number | null;
  createdAtMs: number;
  modifiedAtMs: number;
  /**
   * Milliseconds since the epoch at which the present secret was issued, always growing: a token
   * of an older generation is void, also when a device is deleted and made again under its name.
   */
  generation: number;
};
