import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { Account, AccountEntry, DevicePosition } from '../../shared/ports/account.ts';

export type ScriptedAccount = {
  account: Account;
  products: AccountEntry[];
  /** A page of the listing each. */
  pages: AccountEntry[][];
  details: AccountEntry[];
  /** By iotId. */
  values: Map<string, AccountEntry[]>;
  /** By iotId. */
  desired: Map<string, AccountEntry[]>;
  /** ShadowMessage, by device name. */
  shadows: Map<string, string>;
  /** Props, by iotId. */
  tags: Map<string, string>;
  topics: AccountEntry[];
  /** Positions from which a listing was asked for. */
  listedFrom: (DevicePosition | undefined)[];
};

/** An account as a test fills it, for what no Mooring would answer. */
export function scriptAccount(): ScriptedAccount {
  const script: Omit<ScriptedAccount, 'account'> = {
    products: [],
    pages: [],
    details: [],
    values: new Map(),
    desired: new Map(),
    shadows: new Map(),
    tags: new Map(),
    topics: [],
    listedFrom: [],
  };
  const account: Account = {
    async *productPages() {
      yield ok(script.products);
    },
    product: async (productKey) => {
      const found = script.products.find((one) => one['ProductKey'] === productKey);
      return found ? ok(found) : refusedWith('iot.prod.NotExistedProduct');
    },
    modules: async () => ok([]),
    thingModel: async () => ok(TSL),
    async *devicePages(_, from) {
      script.listedFrom.push(from);
      const total = script.pages.flat().length;
      for (let page = from?.page ?? 1; page <= script.pages.length; page += 1) {
        const next = { page: page + 1, nextToken: `token-${page}` };
        const devices = script.pages[page - 1] ?? [];
        yield ok({ devices, total, ...(page < script.pages.length && { next }) });
      }
    },
    deviceDetails: async (_, names) =>
      ok(script.details.filter((one) => names.includes(String(one['DeviceName'])))),
    properties: async (iotId) => ok(script.values.get(iotId) ?? []),
    desired: async (iotId) => ok(script.desired.get(iotId) ?? []),
    shadow: async (_, deviceName) => ok(script.shadows.get(deviceName) ?? ''),
    tags: async (iotId) => ok(script.tags.get(iotId) ?? ''),
    topicClasses: async () => ok(script.topics),
  };
  return Object.assign(script, { account });
}

export function refusedWith(code: string): Result<never> {
  return refuse({ kind: 'identity-source-refused', code, message: 'no' });
}

const TSL = JSON.stringify({
  profile: { productKey: 'a1TestProd01' },
  properties: [
    {
      identifier: 'level',
      name: 'level',
      accessMode: 'r',
      required: false,
      dataType: { type: 'int', specs: {} },
    },
  ],
});

export const ACCOUNT_PRODUCT: AccountEntry = {
  ProductKey: 'a1TestProd01',
  ProductName: 'Tanks',
  ProductSecret: 'productSecret01',
  AuthType: 'secret',
  AliyunCommodityCode: 'iothub_senior',
  DataFormat: 1,
  GmtCreate: 1_600_000_000_000,
  NetType: 6,
  NodeType: 0,
  ValidateType: 2,
};

/** Not activated unless `changes` say otherwise. */
export function accountDevice(deviceName: string, changes: AccountEntry = {}): AccountEntry {
  return {
    DeviceName: deviceName,
    DeviceSecret: `secret-of-${deviceName}`,
    DeviceStatus: 'UNACTIVE',
    IotId: `iotId-of-${deviceName}`,
    Nickname: '',
    UtcCreate: '2020-09-13T12:26:40.000Z',
    UtcModified: '2020-09-13T12:26:41.000Z',
    ...changes,
  };
}
