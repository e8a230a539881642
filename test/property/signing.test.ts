import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { equalsHex } from '../../shared/core/signing/hmac.ts';
import { httpSign, httpSignContent, verifyHttpSign } from '../../shared/core/signing/http-sign.ts';
import { parseMqttClientId } from '../../shared/core/signing/mqtt-client-id.ts';
import { verifyMqttSign } from '../../shared/core/signing/mqtt-sign.ts';
import { signContent } from '../../shared/core/signing/sign-content.ts';
import { SIGN_METHODS } from '../../shared/core/signing/sign-method.ts';
import { longRun } from '../support/long.ts';

const RUNS = { numRuns: longRun ? 20_000 : 2_000 };

vi.setConfig({ testTimeout: 60_000 });

const text = fc.string({ unit: 'binary', maxLength: 70 });
const identity = fc.record({ clientId: text, deviceName: text, productKey: text });
const extra = fc.dictionary(
  fc.oneof(text, fc.constantFrom('timestamp', 'regionId', 'version', 'resources')),
  text,
);
const method = fc.constantFrom(...SIGN_METHODS);
const secret = fc.string({ minLength: 1, maxLength: 64 });

describe('a sign over HTTP', () => {
  test('is verified whatever is submitted, and in any case of its digits', () => {
    const property = fc.property(identity, extra, method, secret, (id, more, signmethod, key) => {
      const fields = { ...more, ...id, signmethod };
      const sign = httpSign(fields, signmethod, key);
      const expected = { ok: true, variant: 'submitted', method: signmethod };
      expect(verifyHttpSign({ ...fields, sign }, key)).toEqual(expected);
      expect(verifyHttpSign({ ...fields, sign: sign.toUpperCase() }, key)).toEqual(expected);
    });
    fc.assert(property, RUNS);
  });

  test('is refused with any one of its digits changed', () => {
    const digit = fc.nat({ max: 63 });
    const shift = fc.integer({ min: 1, max: 15 });
    const property = fc.property(identity, method, digit, shift, (id, signmethod, nth, by) => {
      const sign = httpSign(id, signmethod, 'secret');
      const at = nth % sign.length;
      const changed = (Number.parseInt(sign.charAt(at), 16) ^ by).toString(16);
      const forged = sign.slice(0, at) + changed + sign.slice(at + 1);
      expect(verifyHttpSign({ ...id, signmethod, sign: forged }, 'secret').ok).toBe(false);
    });
    fc.assert(property, RUNS);
  });

  test('is made over the sorted fields, by the short way as by the long one', () => {
    const time = fc.option(text, { nil: undefined });
    const property = fc.property(identity, time, (id, timestamp) => {
      const fields = { ...(timestamp !== undefined && { timestamp }), ...id };
      expect(httpSignContent(fields)).toBe(signContent(fields));
    });
    fc.assert(property, RUNS);
  });

  test('that is garbage is refused without a throw', () => {
    const property = fc.property(identity, text, (id, sign) => {
      expect(verifyHttpSign({ ...id, sign }, 'secret').ok).toBe(false);
    });
    fc.assert(property, RUNS);
  });
});

describe('an MQTT client id', () => {
  test('of garbage is read or refused without a throw, and grants nothing', () => {
    const piece = fc.constantFrom('|', ',', '=', ' ', '\n', 'signmethod', 'hmacsha1', 'timestamp');
    const garbage = fc.array(fc.oneof(piece, text), { maxLength: 20 }).map((all) => all.join(''));
    const property = fc.property(garbage, (whole) => {
      const parsed = parseMqttClientId(whole);
      if (!parsed.ok) return;
      const username = { deviceName: 'dev_001', productKey: 'a1TestProd01' };
      const login = { clientId: parsed.value, username, sign: 'ab'.repeat(20) };
      expect(verifyMqttSign(login, 'secret').ok).toBe(false);
    });
    fc.assert(property, RUNS);
  });
});

test('a text equals a digest exactly if it is its hex', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 32 });
  const property = fc.property(bytes, text, (array, other) => {
    const digest = Buffer.from(array);
    const hex = digest.toString('hex');
    expect(equalsHex(digest, hex)).toBe(true);
    expect(equalsHex(digest, other)).toBe(other.toLowerCase() === hex);
  });
  fc.assert(property, RUNS);
});
