import type { Result } from '../model/failure.ts';

/**
 * Where device identities come from: Mooring's own tables (core/devices/own-identities.ts) or an
 * account of Alibaba Cloud (adapters/aliyun). Faults reject: a store or a network that fails.
 */
export type DeviceIdentities = {
  /**
   * Atomic: of several calls for one name, one registers. Refuses `device-exists`,
   * `unknown-product`, `invalid-parameter`; from an account also `identity-source-refused` and
   * `identity-source-throttled`.
   */
  register(wanted: WantedIdentity): Promise<Result<DeviceIdentity>>;
  /** Refuses `unknown-device`; from an account also as above. */
  find(name: { productKey: string; deviceName: string }): Promise<Result<DeviceIdentity>>;
};

type WantedIdentity = { productKey: string; deviceName: string; nickname?: string };

/** `deviceSecret` is plain: never logged, sealed before it is stored. */
export type DeviceIdentity = {
  productKey: string;
  deviceName: string;
  deviceSecret: string;
  iotId: string;
};
