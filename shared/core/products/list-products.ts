import type { ProductRecord } from '../../model/product.ts';
import type { Store } from '../../ports/table.ts';
import { walkPartition } from '../records/walk-partition.ts';
import { PRODUCTS_PARTITION } from './products.ts';

export type ProductPage = {
  /** From 1. */
  page: number;
  pageSize: number;
  /** Absent: products of every kind. */
  aliyunCommodityCode?: string | undefined;
};

/** `total` is of all pages. */
export type ListedProducts = { products: readonly ProductRecord[]; total: number };

/** Oldest first, so that a product which is made meanwhile moves no other to another page. */
export async function listProducts(wanted: ProductPage, store: Store): Promise<ListedProducts> {
  const { page, pageSize, aliyunCommodityCode } = wanted;
  const all: ProductRecord[] = [];
  for await (const { value } of walkPartition(store.table('products'), PRODUCTS_PARTITION)) {
    if (aliyunCommodityCode === undefined || value.aliyunCommodityCode === aliyunCommodityCode) {
      all.push(value);
    }
  }
  // Stable: of one millisecond, in order of their keys.
  all.sort((a, b) => a.createdAtMs - b.createdAtMs);
  return { products: all.slice((page - 1) * pageSize, page * pageSize), total: all.length };
}
