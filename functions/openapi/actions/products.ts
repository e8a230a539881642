import { listProducts } from '../../../shared/core/products/list-products.ts';
import {
  BASIC,
  NET_TYPES,
  SENIOR,
  VALIDATION_LEVELS,
} from '../../../shared/core/products/platform-codes.ts';
import {
  countDevicesOf,
  createProduct,
  findProduct,
  openProductSecret,
} from '../../../shared/core/products/products.ts';
import { ok } from '../../../shared/model/failure.ts';
import type { ProductRecord } from '../../../shared/model/product.ts';
import type { Store } from '../../../shared/ports/table.ts';
import type { Action, Actions } from '../action.ts';
import { anyText, integer, keyText, oneOf, secretText, shortText, word } from '../decoders.ts';
import { optional, readAll, required, withDefault } from '../parameters.ts';

const MOST_PRODUCTS_A_PAGE = 200;

const BINARY = { '0': 0, '1': 1 } as const;
const VALIDATE_TYPES = Object.fromEntries(VALIDATION_LEVELS.entries());
export const MOST_DESCRIPTION_CHARACTERS = 100;

const createProductAction: Action = async (parameters, registry) => {
  const read = readAll(
    {
      productName: required('ProductName', anyText),
      nodeType: required('NodeType', oneOf(BINARY)),
      dataFormat: withDefault('DataFormat', oneOf(BINARY), 1),
      validation: withDefault('ValidateType', oneOf(VALIDATE_TYPES), 'weak'),
      authType: withDefault('AuthType', word('secret'), 'secret'),
      netType: withDefault('NetType', word(...Object.keys(NET_TYPES)), 'WIFI'),
      aliyunCommodityCode: withDefault('AliyunCommodityCode', word(SENIOR, BASIC), SENIOR),
      description: withDefault('Description', shortText(MOST_DESCRIPTION_CHARACTERS), ''),
      // Mooring's own, for identities that are in devices already.
      productKey: optional('ProductKey', keyText),
      productSecret: optional('ProductSecret', secretText),
    },
    parameters,
  );
  if (!read.ok) return read;
  const created = await createProduct(read.value, registry);
  if (!created.ok) return created;
  const { product, productSecret } = created.value;
  return ok({ Data: sharedMembers(product, productSecret), ProductKey: product.productKey });
};

const queryProduct: Action = async (parameters, registry) => {
  const productKey = required('ProductKey', keyText)(parameters);
  if (!productKey.ok) return productKey;
  const found = await findProduct(productKey.value, registry.store);
  if (!found.ok) return found;
  const product = found.value;
  const data = {
    ...sharedMembers(product, openProductSecret(product, registry.sealing)),
    CategoryKey: '',
    CategoryName: '',
    DeviceCount: await countDevicesOf(product.productKey, registry.store),
    GmtCreate: product.createdAtMs,
    NetType: new Map(Object.entries(NET_TYPES)).get(product.netType) ?? NET_TYPES.OTHER,
    Owner: true,
    ProductStatus: 'DEVELOPMENT_STATUS',
    ValidateType: VALIDATION_LEVELS.indexOf(product.validation),
  };
  return ok({ Data: data });
};

const queryProductList: Action = async (parameters, { store }) => {
  const read = readAll(
    {
      page: required('CurrentPage', integer(1, Number.MAX_SAFE_INTEGER)),
      pageSize: required('PageSize', integer(1, MOST_PRODUCTS_A_PAGE)),
      aliyunCommodityCode: optional('AliyunCommodityCode', word(SENIOR, BASIC)),
    },
    parameters,
  );
  if (!read.ok) return read;
  const { page, pageSize } = read.value;
  const { products, total } = await listProducts(read.value, store);
  const data = {
    CurrentPage: page,
    List: { ProductInfo: await Promise.all(products.map((one) => productInfo(one, store))) },
    PageCount: Math.ceil(total / pageSize),
    PageSize: pageSize,
    Total: total,
  };
  return ok({ Data: data });
};

async function productInfo(product: ProductRecord, store: Store) {
  return {
    AuthType: product.authType,
    DataFormat: product.dataFormat,
    Description: product.description,
    DeviceCount: await countDevicesOf(product.productKey, store),
    GmtCreate: product.createdAtMs,
    NodeType: product.nodeType,
    ProductKey: product.productKey,
    ProductName: product.productName,
  };
}

/** What CreateProduct and QueryProduct show of a product (protocol.md 7.3). */
function sharedMembers(product: ProductRecord, productSecret: string) {
  return {
    AliyunCommodityCode: product.aliyunCommodityCode,
    AuthType: product.authType,
    DataFormat: product.dataFormat,
    Description: product.description,
    Id2: false,
    NodeType: product.nodeType,
    ProductKey: product.productKey,
    ProductName: product.productName,
    ProductSecret: productSecret,
    ProtocolType: '',
  };
}

export const productActions: Actions = {
  CreateProduct: createProductAction,
  QueryProduct: queryProduct,
  QueryProductList: queryProductList,
};
