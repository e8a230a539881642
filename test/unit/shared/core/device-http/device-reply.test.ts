import { describe, expect, test } from 'vitest';
import {
  faultReply,
  refusalReply,
  successReply,
} from '../../../../../shared/core/device-http/device-reply.ts';
import type { Failure } from '../../../../../shared/model/failure.ts';

const LONGEST_BODY_BYTES = 255;
const LONG = 'x'.repeat(5000);

/** One of every kind that has a code of its own, and of some that have none, each with the longest text that it can be given. */
const FAILURES: { [Kind in Failure['kind']]?: [Extract<Failure, { kind: Kind }>, number, string] } =
  {
    'malformed-request': [{ kind: 'malformed-request', reason: LONG }, 10001, 'param error'],
    'payload-too-large': [{ kind: 'payload-too-large', limitBytes: 1 }, 10001, 'param error'],
    'topic-refused': [{ kind: 'topic-refused', topic: LONG, reason: LONG }, 10001, 'param error'],
    'tsl-violation': [
      { kind: 'tsl-violation', code: 6306, message: 'tsl parse: int specs error -> Foo' },
      10001,
      'param error: 6306 tsl parse: int specs error -> Foo',
    ],
    'unknown-product': [{ kind: 'unknown-product', productKey: LONG }, 20000, 'auth check error'],
    'unknown-device': [
      { kind: 'unknown-device', productKey: LONG, deviceName: LONG },
      20000,
      'auth check error',
    ],
    'device-disabled': [
      { kind: 'device-disabled', productKey: LONG, deviceName: LONG },
      20000,
      'auth check error',
    ],
    'signature-mismatch': [
      { kind: 'signature-mismatch', reason: LONG, stringToSign: LONG },
      20000,
      'auth check error',
    ],
    'timestamp-outside-window': [
      { kind: 'timestamp-outside-window', skewMs: 1 },
      20000,
      'auth check error',
    ],
    'token-retired': [{ kind: 'token-retired', reason: 'expired' }, 20001, 'token is expired'],
    'token-absent': [{ kind: 'token-absent' }, 20002, 'token is null'],
    'token-malformed': [{ kind: 'token-malformed', reason: LONG }, 20003, 'check token error'],
    'token-forged': [{ kind: 'token-forged' }, 20003, 'check token error'],
    'token-identity-gone': [
      { kind: 'token-identity-gone', reason: 'deleted' },
      20003,
      'check token error',
    ],
    'publish-failed': [{ kind: 'publish-failed', reason: LONG }, 30001, 'publish message error'],
    'rate-exceeded': [{ kind: 'rate-exceeded', limitPerSecond: 30 }, 40000, 'request too many'],
    'invalid-thing-model': [{ kind: 'invalid-thing-model', reason: LONG }, 10000, 'common error'],
    'device-exists': [
      { kind: 'device-exists', productKey: LONG, deviceName: LONG },
      10000,
      'common error',
    ],
    'invalid-parameter': [
      { kind: 'invalid-parameter', parameter: LONG, reason: LONG },
      10000,
      'common error',
    ],
    'missing-parameter': [{ kind: 'missing-parameter', parameter: LONG }, 10000, 'common error'],
    'unknown-action': [{ kind: 'unknown-action', action: LONG }, 10000, 'common error'],
    'unknown-access-key': [{ kind: 'unknown-access-key' }, 10000, 'common error'],
    'nonce-reused': [{ kind: 'nonce-reused' }, 10000, 'common error'],
  };

describe('a refusal', () => {
  for (const [failure, code, message] of Object.values(FAILURES)) {
    test(`of kind ${failure.kind} is code ${code} with HTTP 200, in less than 256 bytes`, () => {
      const { body, ...reply } = refusalReply(failure);
      expect(reply).toEqual({
        status: 200,
        contentType: 'application/json',
        outcome: failure.kind,
      });
      expect(JSON.parse(body)).toEqual({ code, message });
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(LONGEST_BODY_BYTES);
    });
  }

  const exotic = [
    '"',
    '\\',
    '\n',
    '\u0000',
    '\u001f',
    '\u007f',
    'ü',
    '温',
    '🔑',
    '\ud800',
    '\u2028',
  ];
  test.each(exotic)('that quotes a device on 5000 times %j stays below 256 bytes', (character) => {
    const message = character.repeat(5000);
    const { body } = refusalReply({ kind: 'tsl-violation', code: 6304, message });
    expect(JSON.parse(body).message).toMatch(/^param error: 6304 ["\\?]{100,}$/);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(LONGEST_BODY_BYTES);
  });

  test('is compact JSON with code and message in this order, which the C SDK looks for', () => {
    const { body } = refusalReply({ kind: 'token-absent' });
    expect(body).toBe('{"code":20002,"message":"token is null"}');
  });
});

test('a success holds the info as it is given', () => {
  expect(successReply('{"messageId":892687627916247999}')).toEqual({
    status: 200,
    contentType: 'application/json',
    body: '{"code":0,"message":"success","info":{"messageId":892687627916247999}}',
    outcome: 'success',
  });
});

test('a success with the longest token stays below 256 bytes', () => {
  const { body } = successReply(`{"token":"${'A'.repeat(171)}"}`);
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(LONGEST_BODY_BYTES);
});

test('a fault is code 10000 and says nothing of its reason', () => {
  expect(faultReply()).toEqual({
    status: 200,
    contentType: 'application/json',
    body: '{"code":10000,"message":"common error"}',
    outcome: 'fault',
  });
});
