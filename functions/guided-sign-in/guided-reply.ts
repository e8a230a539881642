import {
  jsonReply,
  PARAMETER_ERROR,
  SERVER_ERROR,
  type WireCode,
} from '../../shared/core/device-http/identity-reply.ts';
import type { Failure } from '../../shared/model/failure.ts';
import type { Reply } from '../../shared/model/http.ts';
import type { Guided } from './guide-device.ts';

/** Where devices connect to with what they are given here. */
export type MqttAddress = { host: string; port: number };

/**
 * Replies of `/auth/devicename`: HTTP 200 with the platform's code in the body, where 200 is success
 * (protocol.md 2.4). The C SDK reads 300 bytes: with a host of 90 characters there are 280.
 */
export function guidedReply({ iotId, iotToken }: Guided, { host, port }: MqttAddress): Reply {
  const data = { iotId, iotToken, resources: { mqtt: { host, port } } };
  return jsonReply({ code: 200, data, message: 'success' }, 'success');
}

/** Whether there is such a device is not told to who cannot sign for it. */
export function refusalReply(failure: Failure): Reply {
  return jsonReply(WIRE_CODES[failure.kind] ?? SERVER_ERROR, failure.kind);
}

const AUTH_ERROR: WireCode = { code: 401, message: 'request auth error' };

const WIRE_CODES: Readonly<Partial<Record<Failure['kind'], WireCode>>> = {
  'malformed-request': PARAMETER_ERROR,
  'payload-too-large': PARAMETER_ERROR,
  'unknown-device': AUTH_ERROR,
  'signature-mismatch': AUTH_ERROR,
  'device-disabled': AUTH_ERROR,
};
