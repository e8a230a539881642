import {
  jsonReply,
  PARAMETER_ERROR,
  SERVER_ERROR,
  type WireCode,
} from '../../shared/core/device-http/identity-reply.ts';
import type { Failure } from '../../shared/model/failure.ts';
import type { Reply } from '../../shared/model/http.ts';
import type { CertificateSettings } from '../../shared/model/product.ts';
import type { DeviceIdentity } from '../../shared/ports/device-identities.ts';

/** `flat` also for whoever has not shown which product is meant. */
export type AnswerForm = CertificateSettings['answer'];

/**
 * Replies of `/certificate`: HTTP status 200 and compact JSON below 256 bytes, as on the other device
 * paths (devices.md 1, rows 1 and 2). `flat` is the manual's answer (seed 003, 5.3), `wrapped` that of
 * the function in seed 001.
 */
export function certificateReply(identity: DeviceIdentity, form: AnswerForm): Reply {
  const { productKey, deviceName, deviceSecret, iotId } = identity;
  if (form === 'flat') return jsonReply({ productKey, deviceName, deviceSecret }, 'success');
  const data = {
    ProductKey: productKey,
    DeviceName: deviceName,
    DeviceSecret: deviceSecret,
    IotId: iotId,
  };
  return jsonReply({ success: true, data }, 'success');
}

/** What is answered to whoever has not signed is never wrapped: that would tell which deviceIds there are. */
export function refusalReply(failure: Failure, form: AnswerForm): Reply {
  const error = WIRE_CODES[failure.kind] ?? SERVER_ERROR;
  const wrapped = form === 'wrapped' && error !== REFUSED && error !== PARAMETER_ERROR;
  return jsonReply(wrapped ? { success: false, ...error } : error, failure.kind);
}

const REFUSED: WireCode = { code: 6600, message: 'certificate refused' };

/** 7001 to 7004 are Mooring's own; every kind that is missing is trouble with the source of identities. */
const WIRE_CODES: Readonly<Partial<Record<Failure['kind'], WireCode>>> = {
  'malformed-request': PARAMETER_ERROR,
  'payload-too-large': PARAMETER_ERROR,
  'unknown-certificate': REFUSED,
  'signature-mismatch': REFUSED,
  'signature-absent': REFUSED,
  'random-reused': { code: 7001, message: 'random was used before' },
  'timestamp-outside-window': { code: 7002, message: 'timestamp is out of range' },
  'certificate-revoked': { code: 7003, message: 'certificate is revoked' },
  'certificate-limit': { code: 7004, message: 'certificate was issued too often' },
  'address-rate-exceeded': { code: 429, message: 'too many requests' },
};
