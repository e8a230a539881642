import { describe, expect, test } from 'vitest';
import { parseCertificateRequest } from '../../functions/certificate-distributor/certificate-form.ts';
import { certificateRequest } from '../support/certificate.ts';

const NOTHING = {
  productKey: undefined,
  random: undefined,
  timestamp: undefined,
  sign: undefined,
  signMethod: undefined,
};

const parse = (body: unknown, path = '/certificate') =>
  parseCertificateRequest(
    certificateRequest(typeof body === 'string' ? body : JSON.stringify(body), { path }),
  );

describe('a certificate request', () => {
  test('may have a deviceId alone', () => {
    const value = { deviceId: 'SN-1', productKey: undefined, fields: NOTHING };
    expect(parse({ deviceId: 'SN-1' })).toEqual({ ok: true, value });
  });

  test('is read with numbers as their digits, and empty values as absent', () => {
    const body = { deviceId: 123, random: 7, timestamp: 1700000000000, sign: '', signMethod: null };
    const fields = { ...NOTHING, random: '7', timestamp: '1700000000000' };
    const value = { deviceId: '123', productKey: undefined, fields };
    expect(parse(body)).toEqual({ ok: true, value });
  });

  test('may be percent-encoded as a whole, but not in a value', () => {
    const encoded = encodeURIComponent('{"deviceId":"SN-1"}');
    expect(parse(encoded)).toMatchObject({ ok: true, value: { deviceId: 'SN-1' } });
    const inside = parse('{"deviceId":"SN%2D1"}');
    expect(inside).toMatchObject({ ok: true, value: { deviceId: 'SN%2D1' } });
  });

  test('may name its product in the path, where it is not signed', () => {
    const named = parse({ deviceId: 'SN-1' }, '/certificate/a1abc');
    expect(named).toMatchObject({ ok: true, value: { productKey: 'a1abc', fields: NOTHING } });
    const both = parse({ deviceId: 'SN-1', productKey: 'a1abc' }, '/certificate/a1abc');
    expect(both).toMatchObject({ ok: true, value: { fields: { productKey: 'a1abc' } } });
  });

  test.each([
    ['no JSON', '{"deviceId":'],
    ['no object', '["SN-1"]'],
    ['a broken escape', '%7B%2'],
    ['no deviceId', {}],
    ['a deviceId that is too long', { deviceId: 'x'.repeat(65) }],
    ['a deviceId with a blank', { deviceId: 'SN 1' }],
    ['a deviceId of other characters', { deviceId: '设备' }],
    ['a deviceId that has lost digits', '{"deviceId":12345678901234567890}'],
    ['a deviceId that is a list', { deviceId: ['SN-1'] }],
    ['a random that is too long', { deviceId: 'SN-1', random: 'x'.repeat(65) }],
    ['a random with a zero byte', { deviceId: 'SN-1', random: 'a\u0000b' }],
    ['a timestamp that is none', { deviceId: 'SN-1', timestamp: '2023-11-14' }],
  ])('is refused with %s', (_, body) => {
    expect(parse(body)).toMatchObject({ ok: false, failure: { kind: 'malformed-request' } });
  });

  test('is refused where path and body name different products', () => {
    const refused = parse({ deviceId: 'SN-1', productKey: 'a1x' }, '/certificate/a1y');
    const reason = 'path and body name different products';
    expect(refused).toEqual({ ok: false, failure: { kind: 'malformed-request', reason } });
  });

  test('is refused beyond 4 kB, when it is no POST and when it is not UTF-8', () => {
    const large = certificateRequest({ deviceId: 'SN-1', padding: 'x'.repeat(4096) });
    const refused = { ok: false, failure: { kind: 'payload-too-large', limitBytes: 4096 } };
    expect(parseCertificateRequest(large)).toEqual(refused);
    const get = certificateRequest({ deviceId: 'SN-1' }, { method: 'GET' });
    expect(parseCertificateRequest(get)).toMatchObject({ ok: false });
    const latin1 = certificateRequest(Buffer.from('{"deviceId":"SN-1","note":"\xe9"}', 'latin1'));
    const reason = 'the body is not UTF-8';
    expect(parseCertificateRequest(latin1)).toMatchObject({ ok: false, failure: { reason } });
  });
});
