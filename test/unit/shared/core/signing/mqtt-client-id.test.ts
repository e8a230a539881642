import { describe, expect, test } from 'vitest';
import {
  clientIdParameter,
  parseMqttClientId,
} from '../../../../../shared/core/signing/mqtt-client-id.ts';

function parse(whole: string) {
  const result = parseMqttClientId(whole);
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}

const SHA1_AT_789 = { securemode: '3', signmethod: 'hmacsha1', timestamp: '789' };

describe('forms that real clients send', () => {
  const FORMS = [
    [
      'documentation',
      '12345|securemode=3,signmethod=hmacsha1,timestamp=789|',
      '12345',
      SHA1_AT_789,
    ],
    [
      'iotkit-embedded 3',
      'a1TestProd01.dev_001|timestamp=2524608000000,_v=sdk-c-3.2.0,securemode=3,signmethod=hmacsha256,lan=C,gw=0,ext=0|',
      'a1TestProd01.dev_001',
      {
        timestamp: '2524608000000',
        _v: 'sdk-c-3.2.0',
        securemode: '3',
        signmethod: 'hmacsha256',
        lan: 'C',
        gw: '0',
        ext: '0',
      },
    ],
    [
      'Link SDK 4: a comma before the last pipe',
      'pk.dn|timestamp=2524608000000,_ss=1,_v=sdk-c-4.1.0,securemode=2,signmethod=hmacsha256,ext=3,|',
      'pk.dn',
      {
        timestamp: '2524608000000',
        _ss: '1',
        _v: 'sdk-c-4.1.0',
        securemode: '2',
        signmethod: 'hmacsha256',
        ext: '3',
      },
    ],
    [
      'alibabacloud-iot-device-sdk 1.2.8: & in the id',
      'pk&dn|securemode=2,signmethod=hmacsha1,timestamp=789,lan=NodeJS,_v=1.2.8|',
      'pk&dn',
      { ...SHA1_AT_789, securemode: '2', lan: 'NodeJS', _v: '1.2.8' },
    ],
    [
      'alibabacloud-iot-device-sdk 1.2.8: a pipe inside a value',
      'pk&dn|securemode=3,signmethod=hmacsha1,timestamp=789,lan=JS|Ali,_v=1.2.8|',
      'pk&dn',
      { ...SHA1_AT_789, lan: 'JS|Ali', _v: '1.2.8' },
    ],
    [
      'alibabacloud-iot-device-sdk 1.2.8: a pipe and a blank inside a value',
      'pk&dn|securemode=3,signmethod=hmacsha1,timestamp=789,lan=JS|Broswer ,_v=1.2.8|',
      'pk&dn',
      { ...SHA1_AT_789, lan: 'JS|Broswer', _v: '1.2.8' },
    ],
    [
      'aliyun-iot-device-sdk 1.0.1: line breaks in the list',
      'pk&dn|securemode=3,\n        signmethod=hmacsha1,\n        timestamp=789|',
      'pk&dn',
      SHA1_AT_789,
    ],
    [
      'alibabacloud-iot-device-sdk, older form: line breaks around everything',
      '\n        pk&dn|securemode=3,\n        signmethod=hmacsha1,\n        timestamp=789|\n      ',
      'pk&dn',
      SHA1_AT_789,
    ],
    [
      'third-party gateway: doubled pipes',
      'pk.dn||securemode=3,signmethod=hmacsha1,timestamp=789||',
      'pk.dn',
      SHA1_AT_789,
    ],
    [
      'dynamic registration by Link SDK 4',
      'dn.pk|random=123456,authType=register,securemode=2,signmethod=hmacsha256|',
      'dn.pk',
      { random: '123456', authtype: 'register', securemode: '2', signmethod: 'hmacsha256' },
    ],
    [
      'connwl sign-in',
      'issued01|authType=connwl,securemode=-2,_ss=1,ext=3,_v=sdk-c-4.1.0|',
      'issued01',
      { authtype: 'connwl', securemode: '-2', _ss: '1', ext: '3', _v: 'sdk-c-4.1.0' },
    ],
    ['X.509', 'id01|securemode=2|', 'id01', { securemode: '2' }],
  ] as const;

  for (const [name, whole, clientId, parameters] of FORMS) {
    test(name, () => {
      const id = parse(whole);
      expect(id.clientId).toBe(clientId);
      expect(Object.fromEntries(id.parameters)).toEqual(parameters);
      expect(id.whole).toBe(whole);
    });
  }
});

describe('sloppy lists', () => {
  const LISTS = [
    ['id', {}],
    ['id|', {}],
    ['id||', {}],
    ['id| | |', {}],
    ['id|a=1', { a: '1' }],
    ['id| a = 1 , b = 2 |', { a: '1', b: '2' }],
    ['id|,,a=1,,|', { a: '1' }],
    ['id|a=|', { a: '' }],
    ['id|a=b=c|', { a: 'b=c' }],
    ['id|a=1,word,b=2|', { a: '1', b: '2' }],
    ['id|a=1,a=2|', { a: '2' }],
    ['id|A=1,a=2,B=3|', { a: '2', b: '3' }],
  ] as const;

  for (const [whole, parameters] of LISTS) {
    test(`${whole} is read`, () => {
      const id = parse(whole);
      expect(id.clientId).toBe('id');
      expect(Object.fromEntries(id.parameters)).toEqual(parameters);
    });
  }

  test('a long run of blanks is read in linear time', () => {
    expect(parse(`id|a=1${' '.repeat(200_000)}b|`).parameters.size).toBe(1);
  });
});

describe('a client id is refused', () => {
  const REFUSED = [
    ['', 'the client id is empty'],
    [' \n', 'the client id is empty'],
    ['|securemode=3|', 'the client id is empty'],
    ['c'.repeat(65), 'the client id is longer than 64 characters'],
    [`${'c'.repeat(65)}|securemode=3|`, 'the client id is longer than 64 characters'],
  ] as const;

  for (const [whole, reason] of REFUSED) {
    test(`${JSON.stringify(whole)}: ${reason}`, () => {
      expect(parseMqttClientId(whole)).toEqual({
        ok: false,
        failure: { kind: 'malformed-request', reason },
      });
    });
  }

  test('but not at 64 characters, with blanks around them', () => {
    expect(parse(` ${'c'.repeat(64)} |securemode=3|`).clientId).toBe('c'.repeat(64));
  });
});

describe('a parameter is looked up', () => {
  const id = parse('id|authtype=id2,signMethod=hmacsha1|');
  const NAMES = [
    ['authType', 'id2'],
    ['authtype', 'id2'],
    ['signMethod', 'hmacsha1'],
    ['SIGNMETHOD', 'hmacsha1'],
    ['signmethod', 'hmacsha1'],
    ['timestamp', undefined],
    ['constructor', undefined],
  ] as const;

  for (const [name, value] of NAMES) {
    test(`${name} is ${value}`, () => {
      expect(clientIdParameter(id, name)).toBe(value);
    });
  }
});
