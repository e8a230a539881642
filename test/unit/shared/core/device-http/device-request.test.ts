import { describe, expect, test } from 'vitest';
import { checkDeviceRequest } from '../../../../../shared/core/device-http/device-request.ts';
import { authRequest } from '../../../../support/device-http.ts';

const JSON_TYPE = 'application/json';
const request = authRequest({});
const typed = (contentType: string | undefined) => ({ headers: { 'content-type': contentType } });

describe('a request of a device', () => {
  test('passes as it is', () => {
    expect(checkDeviceRequest(request, JSON_TYPE)).toEqual({ ok: true, value: request });
  });

  const accepted = [
    ['a charset', typed('application/json;charset=utf-8')],
    ['blanks around the content type', typed(' application/json ; charset=utf-8')],
    ['a content type in capitals', typed('Application/JSON')],
    ['a body of 128 KB', { body: Buffer.alloc(128 * 1024) }],
    ['an empty body', { body: Buffer.alloc(0) }],
  ] as const;
  test.each(accepted)('passes with %s', (_, change) => {
    expect(checkDeviceRequest({ ...request, ...change }, JSON_TYPE)).toMatchObject({ ok: true });
  });

  const contentType = 'the content type has to be application/json';
  const refused = [
    ['GET', { method: 'GET' }, 'GET where only POST is served'],
    ['PUT', { method: 'PUT' }, 'PUT where only POST is served'],
    ['a query string', { query: '_sn=default' }, 'a query string is not allowed'],
    ['no content type', typed(undefined), contentType],
    ['an empty content type', typed(''), contentType],
    ['another content type', typed('text/plain'), contentType],
    ['a longer content type', typed('application/json-patch+json'), contentType],
  ] as const;
  test.each(refused)('is refused with %s', (_, change, reason) => {
    const failure = { kind: 'malformed-request', reason };
    const checked = checkDeviceRequest({ ...request, ...change }, JSON_TYPE);
    expect(checked).toEqual({ ok: false, failure });
  });

  test('is refused with a body over 128 KB', () => {
    const body = Buffer.alloc(128 * 1024 + 1);
    const failure = { kind: 'payload-too-large', limitBytes: 131_072 };
    const checked = checkDeviceRequest({ ...request, body }, JSON_TYPE);
    expect(checked).toEqual({ ok: false, failure });
  });
});
