import type { ProductRecord, RegistrationSettings } from '../../model/product.ts';

/** Of a product that was never told otherwise: as on the platform, dynamic registration is off. */
export const DEFAULT_REGISTRATION: RegistrationSettings = {
  dynamicRegistration: false,
  certificates: { policy: 'signed', answer: 'flat', mostIssues: 5, registersUnknown: false },
};

export function registrationOf(product: ProductRecord): RegistrationSettings {
  return product.registration ?? DEFAULT_REGISTRATION;
}
