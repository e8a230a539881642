import { beforeEach, describe, expect, test } from 'vitest';
import { findProduct } from '../../../../../shared/core/products/products.ts';
import {
  changeRegistration,
  DEFAULT_REGISTRATION,
  registrationOf,
} from '../../../../../shared/core/products/registration-settings.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { accepted, createTestProduct } from '../../../../support/test-device.ts';

let parts: MemoryParts;
let productKey: string;

beforeEach(async () => {
  parts = createMemoryParts();
  ({ productKey } = await createTestProduct(parts));
});

const stored = async () => registrationOf(accepted(await findProduct(productKey, parts.store)));

describe('changeRegistration', () => {
  test('changes what is given and nothing else of the product', async () => {
    const before = accepted(await findProduct(productKey, parts.store));
    const changes = { dynamicRegistration: true, certificates: { mostIssues: 9 } };
    const certificates = { ...DEFAULT_REGISTRATION.certificates, mostIssues: 9 };
    const value = { ...DEFAULT_REGISTRATION, dynamicRegistration: true, certificates };
    expect(await changeRegistration(productKey, changes, parts.store)).toEqual({ ok: true, value });
    const after = accepted(await findProduct(productKey, parts.store));
    expect(after).toEqual({ ...before, registration: value });
    await changeRegistration(productKey, { certificates: { answer: 'wrapped' } }, parts.store);
    expect(await stored()).toEqual({
      ...DEFAULT_REGISTRATION,
      dynamicRegistration: true,
      certificates: { ...certificates, answer: 'wrapped' },
    });
  });

  test('switches off as well as on', async () => {
    await changeRegistration(
      productKey,
      { dynamicRegistration: true, certificates: {} },
      parts.store,
    );
    await changeRegistration(
      productKey,
      { dynamicRegistration: false, certificates: {} },
      parts.store,
    );
    expect(await stored()).toEqual(DEFAULT_REGISTRATION);
  });

  test('keeps both of two changes at once', async () => {
    const change = (changes: Parameters<typeof changeRegistration>[1]) =>
      changeRegistration(productKey, changes, parts.store);
    await Promise.all([
      change({ dynamicRegistration: true, certificates: {} }),
      change({ certificates: { mostIssues: 7 } }),
      change({ certificates: { answer: 'wrapped' } }),
    ]);
    expect(await stored()).toEqual({
      ...DEFAULT_REGISTRATION,
      dynamicRegistration: true,
      certificates: { ...DEFAULT_REGISTRATION.certificates, mostIssues: 7, answer: 'wrapped' },
    });
  });

  const refused = {
    ok: false,
    failure: {
      kind: 'invalid-parameter',
      parameter: 'CertificateUnknownIds',
      reason:
        'register and adopt go with CertificatePolicy open alone; for signed, send CertificateUnknownIds refuse as well',
    },
  };

  test.each(['register', 'adopt'] as const)(
    'refuses to %s unknown ids under the policy signed, and changes nothing',
    async (unknownIds) => {
      const changes = { dynamicRegistration: true, certificates: { unknownIds } };
      expect(await changeRegistration(productKey, changes, parts.store)).toEqual(refused);
      expect(await stored()).toEqual(DEFAULT_REGISTRATION);
    },
  );

  test('refuses the policy signed while unknown ids are registered, unless that ends too', async () => {
    const open = { policy: 'open', unknownIds: 'register' } as const;
    accepted(await changeRegistration(productKey, { certificates: open }, parts.store));
    const signed = { certificates: { policy: 'signed' } } as const;
    expect(await changeRegistration(productKey, signed, parts.store)).toEqual(refused);
    const both = { certificates: { policy: 'signed', unknownIds: 'refuse' } } as const;
    accepted(await changeRegistration(productKey, both, parts.store));
    expect(await stored()).toEqual(DEFAULT_REGISTRATION);
  });

  test('refuses a product that there is not', async () => {
    const failure = { kind: 'unknown-product', productKey: 'a1Nowhere00' };
    const changed = await changeRegistration('a1Nowhere00', { certificates: {} }, parts.store);
    expect(changed).toEqual({ ok: false, failure });
  });
});
