import type { ProductRecord } from '../../model/product.ts';
import type { AccountEntry } from '../../ports/account.ts';
import { NET_TYPES, SENIOR, VALIDATION_LEVELS } from '../products/platform-codes.ts';
import { numberIn, type Readable, textIn } from './account-members.ts';

/** A product as the account has it. Dynamic registration is not among it: no action shows that switch. */
export type AccountProduct = Omit<ProductRecord, 'sealedSecret' | 'registration'> & {
  productSecret: string;
};

/** From QueryProduct (protocol.md 7.2, 7.3), or why devices of this product could not sign in here. */
export function readProduct(entry: AccountEntry): Readable<AccountProduct> {
  const reason = obstacleOf(entry);
  if (reason !== undefined) return { reason };
  return {
    value: {
      productKey: textIn(entry, 'ProductKey'),
      productName: textIn(entry, 'ProductName'),
      productSecret: textIn(entry, 'ProductSecret'),
      nodeType: numberIn(entry, 'NodeType') === 1 ? 1 : 0,
      dataFormat: numberIn(entry, 'DataFormat') === 0 ? 0 : 1,
      validation: VALIDATION_LEVELS[numberIn(entry, 'ValidateType') ?? Number.NaN] ?? 'weak',
      authType: textIn(entry, 'AuthType') || SECRET,
      netType: netTypeOf(numberIn(entry, 'NetType')),
      aliyunCommodityCode: textIn(entry, 'AliyunCommodityCode') || SENIOR,
      description: textIn(entry, 'Description'),
      createdAtMs: numberIn(entry, 'GmtCreate') ?? 0,
    },
  };
}

function obstacleOf(entry: AccountEntry): string | undefined {
  const authType = textIn(entry, 'AuthType') || SECRET;
  if (authType === 'id2' || entry['Id2'] === true) return ID2_REASON;
  if (authType === 'x509') return X509_REASON;
  if (authType !== SECRET) return `devices sign in with AuthType ${authType}, not with a secret`;
  if (numberIn(entry, 'NetType') === NET_TYPES.LORA) return LORA_REASON;
  if (textIn(entry, 'ProductKey') === '') return 'the account shows no ProductKey';
  if (textIn(entry, 'ProductSecret') === '') {
    return 'the account shows no ProductSecret: it belongs to another account, or the access key may not see it';
  }
  return undefined;
}

const ID2_REASON = 'AuthType id2: the keys are in the ID² service of the platform and stay there';
const X509_REASON =
  'AuthType x509: devices sign in with certificates of the platform, and their keys stay with it';
const LORA_REASON = 'NetType LORA: the LoRaWAN network server is the platform’s own';

const SECRET = 'secret';

function netTypeOf(code: number | undefined): string {
  const [name] = Object.entries(NET_TYPES).find(([, known]) => known === code) ?? [];
  return name ?? 'OTHER';
}
