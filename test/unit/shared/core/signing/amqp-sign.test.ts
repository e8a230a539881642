import { describe, expect, test } from 'vitest';
import { parseAmqpUsername, verifyAmqpSign } from '../../../../../shared/core/signing/amqp-sign.ts';
import vectors from '../../../../vectors/signing.json' with { type: 'json' };

const [vector] = vectors.amqp;
if (!vector) throw new Error('there is no vector');
const { accessKeyId, accessKeySecret, timestamp, expectedBase64 } = vector;
const username = `consumer-1|authMode=aksign,signMethod=hmacsha1,consumerGroupId=g,authId=${accessKeyId},iotInstanceId=,timestamp=${timestamp}|`;
const name = { authId: accessKeyId, timestamp, method: 'hmacsha1' } as const;

describe('the username of an AMQP client', () => {
  test('names an access key, a timestamp and a method', () => {
    expect(parseAmqpUsername(username)).toEqual({
      ...name,
      clientId: 'consumer-1',
      consumerGroupId: 'g',
      asBase64: false,
    });
    expect(parseAmqpUsername(username.replace('iotInstanceId=,', 'encode=base64,'))).toMatchObject({
      asBase64: true,
    });
    expect(parseAmqpUsername(username.replace('consumerGroupId=g,', ''))).toMatchObject({
      consumerGroupId: undefined,
    });
    expect(parseAmqpUsername(username.replace('hmacsha1', 'HmacSHA256'))?.method).toBe(
      'hmacsha256',
    );
  });

  test.each([
    ['dev_001&a1TestProd01'],
    [username.replace('authMode=aksign', 'authMode=sts')],
    [username.replace(`authId=${accessKeyId},`, '')],
    [username.replace(`,timestamp=${timestamp}`, '')],
    [username.replace('hmacsha1', 'hmacsha512')],
    [`${username}${' '.repeat(1024)}`],
  ])('%s is none', (other) => {
    expect(parseAmqpUsername(other)).toBeUndefined();
  });
});

describe('the password of an AMQP client', () => {
  test('is the signature of the vector', () => {
    expect(verifyAmqpSign(name, expectedBase64, accessKeySecret)).toBe(true);
  });

  test('is not that of another timestamp, method or key', () => {
    expect(verifyAmqpSign({ ...name, timestamp: '1' }, expectedBase64, accessKeySecret)).toBe(
      false,
    );
    expect(verifyAmqpSign({ ...name, method: 'hmacmd5' }, expectedBase64, accessKeySecret)).toBe(
      false,
    );
    expect(verifyAmqpSign(name, expectedBase64, 'skOther')).toBe(false);
    expect(verifyAmqpSign(name, '', accessKeySecret)).toBe(false);
  });
});
