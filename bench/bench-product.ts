import type { NewProduct } from '../shared/core/products/products.ts';

/** What every bench makes its devices under. */
export const BENCH_PRODUCT: NewProduct = {
  productName: 'bench product',
  nodeType: 0,
  dataFormat: 1,
  validation: 'weak',
  authType: 'secret',
  netType: 'WIFI',
  aliyunCommodityCode: 'iothub_senior',
  description: '',
};
