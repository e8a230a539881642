import type { Result } from '../model/failure.ts';

/** An object of a reply as the account gave it. core/moving-in reads it and says what is wrong with it. */
export type AccountEntry = Readonly<Record<string, unknown>>;

/**
 * An account that is moved in, read only; members are those of protocol.md 7.3. Refuses
 * `identity-source-refused` and `identity-source-throttled`. Rejects where it cannot be reached.
 */
export type Account = {
  /** What the list shows of every product. The last page may be a refusal. */
  productPages(): AsyncIterable<Result<readonly AccountEntry[]>>;
  product(productKey: string): Promise<Result<AccountEntry>>;
  /** Custom modules of the thing model: `functionBlockId` and `functionBlockName`. */
  modules(productKey: string): Promise<Result<readonly AccountEntry[]>>;
  /** TSL of a module, without an id of the default one. */
  thingModel(productKey: string, functionBlockId?: string): Promise<Result<string>>;
  /** From the beginning or from where an earlier listing stood. The last page may be a refusal. */
  devicePages(productKey: string, from?: DevicePosition): AsyncIterable<Result<DevicePage>>;
  /** Of at most DevicePage.devices devices. Those that are gone meanwhile are left out. */
  deviceDetails(
    productKey: string,
    deviceNames: readonly string[],
  ): Promise<Result<readonly AccountEntry[]>>;
  /** What a device last said, of a module. */
  properties(iotId: string, functionBlockId?: string): Promise<Result<readonly AccountEntry[]>>;
  /** Desired values of a device, of a module. */
  desired(iotId: string, functionBlockId?: string): Promise<Result<readonly AccountEntry[]>>;
  /** JSON of its shadow; empty where it has none. */
  shadow(productKey: string, deviceName: string): Promise<Result<string>>;
  /** JSON object of its tags; empty where it has none. */
  tags(iotId: string): Promise<Result<string>>;
  /** Of devices of a product, the ones that every product has included. */
  topicClasses(productKey: string): Promise<Result<readonly AccountEntry[]>>;
};

/** `nextToken` is empty where the account gave none. */
export type DevicePosition = { page: number; nextToken: string };

export type DevicePage = {
  /** At most 50. */
  devices: readonly AccountEntry[];
  /** Of the product, as far as the account knows. */
  total: number;
  /** Absent on the last page. */
  next?: DevicePosition;
};
