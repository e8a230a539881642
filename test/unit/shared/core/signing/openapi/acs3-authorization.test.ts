import { describe, expect, test } from 'vitest';
import { parseAcs3Authorization } from '../../../../../../shared/core/signing/openapi/acs3-authorization.ts';

const READ = [
  'ACS3-HMAC-SHA256 Credential=akTest01,SignedHeaders=host;x-acs-date,Signature=00ff',
  'ACS3-HMAC-SHA256  Credential=akTest01, SignedHeaders=Host;X-Acs-Date, Signature=00ff ',
  'ACS3-HMAC-SHA256 Signature=00ff,SignedHeaders=host;x-acs-date,Credential=akTest01',
];

for (const header of READ) {
  test(`${header} is read`, () => {
    expect(parseAcs3Authorization(header)).toEqual({
      accessKeyId: 'akTest01',
      signedHeaders: ['host', 'x-acs-date'],
      signature: '00ff',
    });
  });
}

describe('a header is not read', () => {
  const REFUSED = [
    '',
    'ACS3-HMAC-SHA256',
    'ACS3-RSA-SHA256 Credential=akTest01,SignedHeaders=host,Signature=00ff',
    'acs akTest01:00ff',
    'ACS3-HMAC-SHA256 SignedHeaders=host,Signature=00ff',
    'ACS3-HMAC-SHA256 Credential=akTest01,Signature=00ff',
    'ACS3-HMAC-SHA256 Credential=akTest01,SignedHeaders=host',
    'ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=00ff',
  ];

  for (const header of REFUSED) {
    test(JSON.stringify(header), () => {
      expect(parseAcs3Authorization(header)).toBeUndefined();
    });
  }
});
