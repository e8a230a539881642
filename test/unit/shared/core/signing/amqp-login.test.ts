import { expect, test } from 'vitest';
import { amqpLogin } from '../../../../../shared/core/signing/amqp-login.ts';
import { parseAmqpUsername, verifyAmqpSign } from '../../../../../shared/core/signing/amqp-sign.ts';

const CONSUMER = {
  clientId: 'c1',
  accessKeyId: 'akTest01',
  accessKeySecret: 'skTest01',
  consumerGroupId: 'group1',
};

/** The vector of protocol.md 8.1. */
test('a consumer signs its access key and the timestamp that it names', () => {
  expect(amqpLogin(CONSUMER, 1_700_000_000_000)).toEqual({
    username:
      'c1|authMode=aksign,signMethod=hmacsha1,timestamp=1700000000000,authId=akTest01,consumerGroupId=group1|',
    password: 'fWoMEXgEIdJYS5qrBFGlXvpNAs0=',
  });
});

test('an instance stands between', () => {
  const { username } = amqpLogin({ ...CONSUMER, instanceId: 'iot-1' }, 1);
  expect(username).toContain(',iotInstanceId=iot-1,');
});

test('our own server takes it', () => {
  const { username, password } = amqpLogin(CONSUMER, Date.now());
  const parsed = parseAmqpUsername(username);
  expect(parsed && verifyAmqpSign(parsed, password, CONSUMER.accessKeySecret)).toBe(true);
});
