import { resetDevice } from '../../../shared/core/devices/change-device.ts';
import { findProduct } from '../../../shared/core/products/products.ts';
import {
  changeRegistration,
  registrationOf,
} from '../../../shared/core/products/registration-settings.ts';
import { ok, refuse } from '../../../shared/model/failure.ts';
import type { Action, Actions } from '../action.ts';
import { bool, integer, keyText, word } from '../decoders.ts';
import { optional, readAll, required } from '../parameters.ts';
import { disconnecting } from './device-changes.ts';

const MOST_ISSUES = 1000;

const NOTHING_SET = {
  kind: 'missing-parameter',
  parameter: 'DynamicRegistration, AutoRegistration or Certificate…',
} as const;

/** Without the `JobId` of the platform (protocol.md 7.4): the reset is done when the call is answered. */
const resetThing: Action = disconnecting(resetDevice);

/** Mooring's own, as is the next: the platform has these switches in its console alone. */
const setProductRegistration: Action = async (parameters, registry) => {
  const read = readAll(
    {
      productKey: required('ProductKey', keyText),
      dynamicRegistration: optional('DynamicRegistration', bool),
      autoRegistration: optional('AutoRegistration', bool),
      policy: optional('CertificatePolicy', word('signed', 'open')),
      answer: optional('CertificateAnswer', word('flat', 'wrapped')),
      mostIssues: optional('CertificateIssues', integer(1, MOST_ISSUES)),
      unknownIds: optional('CertificateUnknownIds', word('refuse', 'register', 'adopt')),
    },
    parameters,
  );
  if (!read.ok) return read;
  const { productKey, ...settings } = read.value;
  // A misspelt one would be answered with success.
  if (Object.values(settings).every((setting) => setting === undefined)) return refuse(NOTHING_SET);
  const { dynamicRegistration, autoRegistration, ...certificates } = settings;
  const changes = { dynamicRegistration, autoRegistration, certificates };
  const changed = await changeRegistration(productKey, changes, registry.store);
  return changed.ok ? ok({}) : changed;
};

const queryProductRegistration: Action = async (parameters, registry) => {
  const productKey = required('ProductKey', keyText)(parameters);
  if (!productKey.ok) return productKey;
  const product = await findProduct(productKey.value, registry.store);
  if (!product.ok) return product;
  const registration = registrationOf(product.value);
  const { dynamicRegistration, autoRegistration = false, certificates } = registration;
  const data = {
    DynamicRegistration: dynamicRegistration,
    AutoRegistration: autoRegistration,
    CertificatePolicy: certificates.policy,
    CertificateAnswer: certificates.answer,
    CertificateIssues: certificates.mostIssues,
    CertificateUnknownIds: certificates.unknownIds,
  };
  return ok({ Data: data });
};

export const registrationActions: Actions = {
  ResetThing: resetThing,
  SetProductRegistration: setProductRegistration,
  QueryProductRegistration: queryProductRegistration,
};
