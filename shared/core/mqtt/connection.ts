import type { DeviceRecord } from '../../model/device.ts';
import type { Failure, Result } from '../../model/failure.ts';
import type { Variant } from '../signing/verification.ts';

/** What a CONNECT says, and over what it came. `password` is a secret. */
export type Connect = {
  /** Whole, with its parameters. */
  clientId: string;
  username: string;
  password: string;
  sourceIp: string;
  /** TLS, or from this very machine: registration hands out secrets (protocol.md 3.6). */
  isPrivate: boolean;
};

export type Connected =
  | {
      kind: 'device';
      device: DeviceRecord;
      extensions: Extensions;
      /** What the device signed: all but `submitted` are habits of single SDKs (protocol.md 3.4). */
      variant: Variant;
    }
  | Registration;

/**
 * What the client id asks for besides (protocol.md 3.3): bits 0 and 1 of `ext`, and `_ss=1`, after
 * which the topics of the platform need no subscription.
 */
export type Extensions = { customRrpc: boolean; notices: boolean; systemTopics: boolean };

/**
 * A connection that is there to hand over an identity and nothing else: `push` is sent without a
 * subscription, and the device then has 15 s to leave. The payload holds a secret.
 */
export type Registration = {
  kind: 'registration';
  productKey: string;
  deviceName: string;
  push: { topic: '/ext/register' | '/ext/regnwl'; payload: string };
};

/** Lets a device in, or says why not. Durable before it resolves: activation, registration, issued tokens. */
export type ConnectDevice = (connect: Connect) => Promise<Result<Connected>>;

/** Of CONNACK (protocol.md 3.8): 2 identifier rejected, 3 unavailable, 4 bad credentials, 5 not authorized. */
export type ConnackCode = 2 | 3 | 4 | 5;

/**
 * The one mapping from refusals to CONNACK (protocol.md 3.8). Whatever else keeps a registration out, be
 * it a switch or that the device is active, is 4 (3.6).
 */
export function connackCodeOf(failure: Failure): ConnackCode {
  switch (failure.kind) {
    case 'malformed-request':
    case 'invalid-parameter':
    case 'keepalive-refused':
    case 'transport-refused':
    case 'login-unsupported':
      return 2;
    case 'connect-rate-exceeded':
    case 'login-blocked':
    case 'publish-failed':
    case 'dynamic-client-limit':
      return 3;
    case 'device-disabled':
      return 5;
    default:
      return 4;
  }
}
