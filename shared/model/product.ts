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
  /** Absent in records of older releases: DEFAULT_REGISTRATION of core/products/registration-settings.ts. */
  registration?: RegistrationSettings;
};

/** How devices of a product come by their identity. */
export type RegistrationSettings = {
  /** One-type-one-secret, `POST /auth/register/device` and its MQTT sibling (protocol.md 2.1, 3.6). */
  dynamicRegistration: boolean;
  /**
   * A device that signs with the product secret is made at its first MQTT sign-in (seed 004,
   * `securemode=-2`). Absent in records of older releases: off.
   */
  autoRegistration?: boolean;
  certificates: CertificateSettings;
};

/** Of the certificate distributor, `POST /certificate`. */
export type CertificateSettings = {
  /** `signed`: a request is signed with the product secret. `open`: whoever knows a deviceId gets its secret. */
  policy: 'signed' | 'open';
  /** `flat`: productKey, deviceName, deviceSecret; `wrapped`: `{success, data: {ProductKey, …}}`. */
  answer: 'flat' | 'wrapped';
  /** Most times that a deviceId is given its certificate. */
  mostIssues: number;
  /**
   * What becomes of a deviceId that device_table does not know; all but `refuse` only under `open`.
   * `register`: a new device. `adopt`: also the device of that name which there is already.
   */
  unknownIds: 'refuse' | 'register' | 'adopt';
};

/** Attribute `ValidateType` of the platform: 0 strong, 1 weak (default), 2 none (protocol.md 5.4). */
export type ValidationLevel = 'strong' | 'weak' | 'none';
