import type { LifecycleBody } from './message.ts';

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
   * 48 random bits, new with every secret: a token of another generation is void, also when the
   * device was deleted and made again under its name.
   */
  generation: number;
  /** Made at its first MQTT sign-in, with the product secret, which it goes on to sign with. */
  autoRegistered?: boolean;
  /** What the bus has yet to be told of it: there from a change to its message, see core/lifecycle. */
  untold?: Extract<LifecycleBody['action'], 'create' | 'enable' | 'disable'>;
};
