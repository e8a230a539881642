import { describe, expect, test } from 'vitest';
import { hmac } from '../../../../../shared/core/signing/hmac.ts';
import { parseMqttClientId } from '../../../../../shared/core/signing/mqtt-client-id.ts';
import { verifyMqttSign } from '../../../../../shared/core/signing/mqtt-sign.ts';
import { parseMqttUsername } from '../../../../../shared/core/signing/mqtt-username.ts';
import type { SignMethod } from '../../../../../shared/core/signing/sign-method.ts';
import { deviceVector } from '../../../../support/signing-vectors.ts';

const SECRET = 'ds0123456789abcdef';
const USERNAME = 'dev_001&a1TestProd01';
const BARE = 'deviceNamedev_001productKeya1TestProd01';

function connect(whole: string, sign: string, username = USERNAME) {
  const clientId = parseMqttClientId(whole);
  const parsedUsername = parseMqttUsername(username);
  if (!clientId.ok || !parsedUsername.ok) throw new Error('the test’s own CONNECT is malformed');
  return { clientId: clientId.value, username: parsedUsername.value, sign };
}

function sign(method: SignMethod, content: string) {
  return hmac(method, SECRET, content).toString('hex');
}

describe('vectors', () => {
  const EXPECTED = [
    ['MQTT, documented example', 'submitted'],
    ['MQTT, third-party gateway signing the whole client id', 'whole-client-id'],
    ['MQTT, the same device signing the bare client id, as Link SDKs do', 'submitted'],
    ['MQTT with regionId among the signed fields, as aliyun-iot-mqtt sends', 'with-region-id'],
    ['MQTT with the constant timestamp of the C SDK', 'submitted'],
  ] as const;

  for (const [name, variant] of EXPECTED) {
    test(`${name} (${variant})`, () => {
      const vector = deviceVector(name);
      const login = connect(vector.clientId ?? '', vector.expected, vector.username);
      expect(verifyMqttSign(login, vector.key)).toEqual({
        ok: true,
        variant,
        method: vector.algorithm,
      });
    });
  }
});

describe('forms that real clients send', () => {
  const FORMS = [
    [
      'hex in upper case',
      'c01|signmethod=hmacsha1,timestamp=789|',
      'hmacsha1',
      `clientIdc01${BARE}timestamp789`,
    ],
    ['no timestamp', 'c01|signmethod=hmacsha256|', 'hmacsha256', `clientIdc01${BARE}`],
    ['no method', 'c01|securemode=3|', 'hmacmd5', `clientIdc01${BARE}`],
    ['method in another case', 'c01|signmethod=HmacSHA1|', 'hmacsha1', `clientIdc01${BARE}`],
    [
      '& in the client id',
      'a1TestProd01&dev_001|securemode=2,signmethod=hmacsha1,timestamp=789,lan=NodeJS,_v=1.2.8|',
      'hmacsha1',
      `clientIda1TestProd01&dev_001${BARE}timestamp789`,
    ],
    [
      'line breaks around everything',
      '\n        c01|securemode=3,\n        signmethod=hmacsha1,\n        timestamp=789|\n      ',
      'hmacsha1',
      `clientIdc01${BARE}timestamp789`,
    ],
  ] as const;

  for (const [name, whole, method, content] of FORMS) {
    test(name, () => {
      const login = connect(whole, sign(method, content).toUpperCase());
      expect(verifyMqttSign(login, SECRET)).toEqual({ ok: true, variant: 'submitted', method });
    });
  }
});

describe('variants', () => {
  const WHOLE = 'c01|signmethod=hmacsha1,timestamp=789|';
  const VARIANTS = [
    ['without-timestamp', WHOLE, `clientIdc01${BARE}`],
    ['with-region-id', WHOLE, `clientIdc01${BARE}regionIdcn-shanghaitimestamp789`],
    ['with-region-id', WHOLE, `clientIdc01${BARE}regionIdcn-shenzhentimestamp789`],
    ['with-region-id', 'c01|signmethod=hmacsha1|', `clientIdc01${BARE}regionIdcn-shanghai`],
    [
      'with-region-id',
      'c01|signmethod=hmacsha1,timestamp=789,regionId=eu-central-1|',
      `clientIdc01${BARE}regionIdeu-central-1timestamp789`,
    ],
    ['whole-client-id', WHOLE, `clientId${WHOLE}${BARE}timestamp789`],
  ] as const;

  for (const [variant, whole, content] of VARIANTS) {
    test(`${content} is ${variant}`, () => {
      expect(verifyMqttSign(connect(whole, sign('hmacsha1', content)), SECRET)).toEqual({
        ok: true,
        variant,
        method: 'hmacsha1',
      });
    });
  }

  test('a region that is neither sent nor configured is refused', () => {
    const login = connect(
      WHOLE,
      sign('hmacsha1', `clientIdc01${BARE}regionIdcn-shanghaitimestamp789`),
    );
    expect(verifyMqttSign(login, SECRET, ['cn-beijing']).ok).toBe(false);
  });

  test('a timestamp that was not sent is refused', () => {
    const login = connect(
      'c01|signmethod=hmacsha1|',
      sign('hmacsha1', `clientIdc01${BARE}timestamp789`),
    );
    expect(verifyMqttSign(login, SECRET).ok).toBe(false);
  });
});

describe('the Node SDK signs with SHA-1 whatever it declares', () => {
  const content = `clientIdc01${BARE}timestamp789`;

  for (const declared of ['hmacsha256', 'hmacmd5', 'hmacsha1']) {
    for (const lan of ['NodeJS', 'JS|Ali', 'JS|WX', 'JS|Broswer ']) {
      test(`lan=${lan}, ${declared}`, () => {
        const whole = `c01|signmethod=${declared},timestamp=789,lan=${lan},_v=1.2.8|`;
        expect(verifyMqttSign(connect(whole, sign('hmacsha1', content)), SECRET)).toEqual({
          ok: true,
          variant: 'submitted',
          method: 'hmacsha1',
        });
      });
    }
  }

  test('a Node SDK that signs as it declares is accepted too', () => {
    const whole = 'c01|signmethod=hmacsha256,timestamp=789,lan=NodeJS|';
    expect(verifyMqttSign(connect(whole, sign('hmacsha256', content)), SECRET)).toMatchObject({
      ok: true,
      method: 'hmacsha256',
    });
  });

  for (const lan of ['C', 'JSON', 'nodejs']) {
    test(`lan=${lan} is held to its word`, () => {
      const whole = `c01|signmethod=hmacsha256,timestamp=789,lan=${lan}|`;
      expect(verifyMqttSign(connect(whole, sign('hmacsha1', content)), SECRET)).toEqual({
        ok: false,
        reason: 'sign is right for hmacsha1 (submitted), but hmacsha256 was declared or implied',
        stringToSign: content,
      });
    });
  }
});

describe('a mismatch', () => {
  test('is reported over the bare client id, never the whole one, which may hold a token', () => {
    const login = connect('c01|signmethod=hmacsha1,token=t0p|', 'ab'.repeat(20));
    expect(verifyMqttSign(login, SECRET)).toEqual({
      ok: false,
      reason: 'sign is hmacsha1 over other content or with another key',
      stringToSign: `clientIdc01${BARE}`,
    });
  });

  const CHANGES = [
    ['another device', 'dev_002&a1TestProd01'],
    ['another product', 'dev_001&a1TestProd02'],
  ] as const;
  for (const [name, username] of CHANGES) {
    test(`is ${name}`, () => {
      const login = connect(
        'c01|signmethod=hmacsha1|',
        sign('hmacsha1', `clientIdc01${BARE}`),
        username,
      );
      expect(verifyMqttSign(login, SECRET).ok).toBe(false);
    });
  }
});
