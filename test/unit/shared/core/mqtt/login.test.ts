import { describe, expect, test } from 'vitest';
import { connackCodeOf } from '../../../../../shared/core/mqtt/connection.ts';
import { readLogin } from '../../../../../shared/core/mqtt/login.ts';
import { refusalOf } from '../../../../support/mqtt-sign-in.ts';
import { accepted } from '../../../../support/test-device.ts';

const read = (clientId: string, username = 'dev_001&a1TestProd01') =>
  readLogin({ clientId, username, password: 'p', sourceIp: '192.0.2.1', isPrivate: false });

describe('how a device signs in', () => {
  test.each([
    ['c', 'secret'],
    ['c|securemode=2,signmethod=hmacsha1|', 'secret'],
    ['c|securemode=3|', 'secret'],
    ['c|securemode=-2|', 'automatic'],
    ['c|securemode=-2,authType=connwl|', 'connwl'],
    ['c|authtype=connwl|', 'connwl'],
    ['c|securemode=2,authType=register,random=1|', 'register'],
    ['c|securemode=-2,authType=register,random=1|', 'register'],
    ['c|securemode=-2,authType=regnwl,random=1|', 'regnwl'],
    ['c|securemode=2,authType=regnwl,random=1|', 'regnwl'],
    ['c|authType=regnwl,random=1|', 'regnwl'],
    ['c|securemode=-1|', 'guided'],
  ])('%s: %s', (clientId, kind) => {
    expect(accepted(read(clientId)).kind).toBe(kind);
  });

  test('a guided one is by iotId and iotToken', () => {
    expect(accepted(read('c|securemode=-1,ext=1|', 'iotId01'))).toEqual({
      kind: 'guided',
      iotId: 'iotId01',
      iotToken: 'p',
      extensions: { customRrpc: true, notices: false, systemTopics: false },
    });
  });
});

describe('ways that are not served', () => {
  test.each([
    ['c|securemode=2|', '', 'X.509'],
    ['c|securemode=8,authtype=id2|', 'dev_001&pk', 'ID2'],
    ['c|authtype=id2|', 'dev_001&pk', 'ID2'],
    ['c|authtype=custom-ilop|', 'dev_001&pk', 'custom-ilop'],
    ['c|securemode=2,tokenType=1|', 'dev_001&pk', 'custom-ilop'],
    ['c|authType=regnlw|', 'dev_001&pk', 'connwl'],
  ])('%s as "%s" is refused with the reason', (clientId, username, text) => {
    const failure = refusalOf(read(clientId, username));
    expect(failure).toEqual({ kind: 'login-unsupported', reason: expect.stringContaining(text) });
    expect(connackCodeOf(failure)).toBe(2);
  });
});

describe('what cannot be a sign-in', () => {
  test.each([
    ['', 'dev_001&pk'],
    ['|securemode=3|', 'dev_001&pk'],
    [`${'c'.repeat(65)}|securemode=3|`, 'dev_001&pk'],
    [`c|${'x'.repeat(2048)}|`, 'dev_001&pk'],
    ['c', 'dev_001'],
    ['c', '&pk'],
    ['c', 'dev_001&'],
    ['c', `dev_001&${'p'.repeat(33)}`],
    ['c', `${'d'.repeat(65)}&pk`],
    ['c', 'dev\x001&pk'],
    ['c|securemode=-1|', 'iot id'],
    ['c|securemode=-1|', 'i'.repeat(65)],
    ['c|securemode=3,authType=register,random=1|', 'dev_001&pk'],
  ])('%j as %j is malformed', (clientId, username) => {
    const failure = refusalOf(read(clientId, username));
    expect(failure.kind).toBe('malformed-request');
    expect(connackCodeOf(failure)).toBe(2);
  });
});
