import { describe, expect, test } from 'vitest';
import {
  outcomeOfError,
  outcomeOfReply,
} from '../../../../../shared/adapters/aliyun/pop-outcome.ts';

const ASKED = {
  action: 'RegisterDevice',
  credentials: { accessKeyId: 'AKID', accessKeySecret: 'AKSECRET', securityToken: 'STSTOKEN' },
  timeoutMs: 1000,
};

/** As pop-core throws it. */
function popError(code: string, members: object = {}, statusCode = 400) {
  const error = new Error(`undefined, URL: https://host/?Signature=SIGNED`);
  const entry = { response: { statusCode } };
  return Object.assign(error, { code, data: { Code: code, ...members }, entry });
}

describe('codes', () => {
  for (const code of [
    'Throttling',
    'Throttling.User',
    'Throttling.Api',
    'ServiceUnavailable',
    'iot.messagebroker.RateLimit',
    'iot.system.RateLimitExceeded',
  ]) {
    test(`${code} is throttling`, () => {
      expect(outcomeOfError(popError(code, {}, 503), ASKED)).toEqual({ kind: 'throttled', code });
    });
  }

  for (const [code, statusCode] of [
    ['iot.system.SystemException', 200],
    ['InternalError', 200],
    ['Anything', 500],
  ] as const) {
    test(`${code} with status ${statusCode} is a failure of the account`, () => {
      const outcome = outcomeOfError(popError(code, {}, statusCode), ASKED);
      expect(outcome).toMatchObject({ kind: 'failed', code });
    });
  }

  test('a refusal without a code is one all the same', () => {
    const reply = { Success: false, ErrorMessage: 'no' };
    const refused = { kind: 'refused', code: 'unknown', message: 'no' };
    expect(outcomeOfReply(reply, ASKED)).toEqual(refused);
  });
});

describe('what is said of a refusal', () => {
  for (const [code, words] of [
    ['InvalidAccessKeyId.NotFound', 'does not know the access key'],
    ['SignatureDoesNotMatch', 'the secret is not that of the access key'],
    ['InvalidSecurityToken.Expired', 'the security token is wrong or has expired'],
    ['InvalidTimeStamp.Expired', 'the clock of this machine is more than 15 minutes off'],
    ['Forbidden.RAM', 'allow it iot:RegisterDevice'],
    ['NoPermission', 'allow it iot:RegisterDevice'],
    ['iot.common.RamActionPermissionDeny', 'allow it iot:RegisterDevice'],
  ] as const) {
    test(`${code} says what to do and quotes nothing`, () => {
      const Message = 'server string to sign is:POST&%2F&SecurityToken%3DSTSTOKEN AKID';
      const outcome = outcomeOfError(popError(code, { Message }), ASKED);
      expect(outcome).toMatchObject({ kind: 'refused', code });
      const text = JSON.stringify(outcome);
      expect(text).toContain(words);
      expect(text).not.toMatch(/STSTOKEN|AKID|string to sign|URL/);
    });
  }

  test('another refusal is quoted without secrets, address and text that was signed', () => {
    const Message = 'AKID with AKSECRET and STSTOKEN. server string to sign is:POST&%2F&x';
    expect(outcomeOfError(popError('IncompleteSignature', { Message }), ASKED)).toEqual({
      kind: 'refused',
      code: 'IncompleteSignature',
      message: '*** with *** and ***. ',
    });
  });

  test('a refusal without a text says so', () => {
    const outcome = outcomeOfError(popError('iot.prod.Odd'), ASKED);
    expect(outcome).toMatchObject({ message: 'no message' });
  });
});

describe('faults of the network', () => {
  for (const [code, kind] of [
    ['ECONNRESET', 'lost'],
    ['EAI_AGAIN', 'lost'],
    ['ECONNREFUSED', 'unreachable'],
    ['ENOTFOUND', 'unreachable'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'unreachable'],
  ] as const) {
    test(`${code}: ${kind}`, () => {
      const error = Object.assign(new Error('POST https://host/ failed.'), { code });
      expect(outcomeOfError(error, ASKED)).toEqual({ kind, reason: code });
    });
  }

  test('anything else is thrown on', () => {
    const fault = new TypeError('not a function');
    expect(() => outcomeOfError(fault, ASKED)).toThrow(fault);
  });
});
