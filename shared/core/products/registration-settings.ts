import { ok, type Result, refuse } from '../../model/failure.ts';
import type {
  CertificateSettings,
  ProductRecord,
  RegistrationSettings,
} from '../../model/product.ts';
import type { Store } from '../../ports/table.ts';
import { updateRecord } from '../records/update-record.ts';
import { PRODUCTS_PARTITION } from './products.ts';

/** Of a product that was never told otherwise: as on the platform, nothing registers by itself. */
export const DEFAULT_REGISTRATION: RegistrationSettings = {
  dynamicRegistration: false,
  autoRegistration: false,
  certificates: { policy: 'signed', answer: 'flat', mostIssues: 5, unknownIds: 'refuse' },
};

export function registrationOf(product: ProductRecord): RegistrationSettings {
  return product.registration ?? DEFAULT_REGISTRATION;
}

/** What is undefined stays as it is. */
type RegistrationChanges = {
  dynamicRegistration?: boolean | undefined;
  autoRegistration?: boolean | undefined;
  certificates: { [Name in keyof CertificateSettings]?: CertificateSettings[Name] | undefined };
};

/**
 * Refuses an unknown product, and settings that would have unknown ids registered under the policy
 * `signed`. Of two calls at once for different settings both take effect.
 */
export async function changeRegistration(
  productKey: string,
  changes: RegistrationChanges,
  store: Store,
): Promise<Result<RegistrationSettings>> {
  const changed = await updateRecord(
    store.table('products'),
    { partition: PRODUCTS_PARTITION, sort: productKey },
    (product) => {
      const registration = withChanges(registrationOf(product), changes);
      return isConsistent(registration) ? { ...product, registration } : product;
    },
  );
  if (!changed) return refuse({ kind: 'unknown-product', productKey });
  const registration = withChanges(registrationOf(changed), changes);
  return isConsistent(registration) ? ok(registration) : refuse(UNKNOWN_IDS_NEED_OPEN);
}

const UNKNOWN_IDS_NEED_OPEN = {
  kind: 'invalid-parameter',
  parameter: 'CertificateUnknownIds',
  reason:
    'register and adopt go with CertificatePolicy open alone; for signed, send CertificateUnknownIds refuse as well',
} as const;

function withChanges(
  { dynamicRegistration, autoRegistration = false, certificates }: RegistrationSettings,
  changes: RegistrationChanges,
): RegistrationSettings {
  const { policy, answer, mostIssues, unknownIds } = changes.certificates;
  return {
    dynamicRegistration: changes.dynamicRegistration ?? dynamicRegistration,
    autoRegistration: changes.autoRegistration ?? autoRegistration,
    certificates: {
      policy: policy ?? certificates.policy,
      answer: answer ?? certificates.answer,
      mostIssues: mostIssues ?? certificates.mostIssues,
      unknownIds: unknownIds ?? certificates.unknownIds,
    },
  };
}

function isConsistent({ certificates: { policy, unknownIds } }: RegistrationSettings) {
  return policy === 'open' || unknownIds === 'refuse';
}
