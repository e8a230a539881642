/** A product as the `products` table keeps it: partition `products`, sort productKey. */
export type ProductRecord = {
  productKey: string;
  productName: string;
  sealedSecret: string;
  /** 0 device, 1 gateway. */
  nodeType: 0 | 1;
  /** 0 raw, 1 Alink JSON. */
  dataFormat: 0 | 1;
  validation: ValidationLevel;
  authType: string;
  netType: string;
  aliyunCommodityCode: string;
  description: string;
  createdAtMs: number;
};

/** Attribute `ValidateType` of the platform: 0 strong, 1 weak (default), 2 none (protocol.md 5.4). */
export type ValidationLevel = 'strong' | 'weak' | 'none';
