import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../../../shared/runtime/config.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');

describe('defaults', () => {
  test('an empty environment gives the defaults of the face', () => {
    expect(readConfig({})).toEqual({
      http: { host: '127.0.0.1', port: 8080 },
      dataDir: '.mooring',
      sync: 'flush',
      tokenKeys: [],
      sealingKeys: [],
      logLevel: 'info',
      identities: 'own',
      aliyun: { endpoint: 'https://iot.cn-shanghai.aliyuncs.com' },
      tables: { prefix: '', dynamodb: {}, tablestore: {} },
      certificatesPerMinute: 600,
      mqtt: { host: '127.0.0.1', port: 1883, wsPort: 8083, connectsPerMinute: 5 },
      amqp: { host: '127.0.0.1', port: 5672, backlogPerSecond: 200 },
      brokers: { emqx: {} },
      shadows: 'own',
    });
  });

  test('an empty variable counts as unset', () => {
    expect(readConfig({ MOORING_HTTP_PORT: '', MOORING_TOKEN_KEYS: ' ' })).toEqual(readConfig({}));
  });
});

describe('what is set', () => {
  test('every variable is read', () => {
    const config = readConfig({
      MOORING_HOST: '0.0.0.0',
      MOORING_HTTP_PORT: '0',
      MOORING_DATA_DIR: '/var/lib/mooring',
      MOORING_SYNC: 'commit',
      MOORING_TLS_CERT: '/cert.pem',
      MOORING_TLS_KEY: '/key.pem',
      MOORING_LOG_LEVEL: 'warn',
    });
    expect(config).toMatchObject({
      http: { host: '0.0.0.0', port: 0, tls: { certPath: '/cert.pem', keyPath: '/key.pem' } },
      dataDir: '/var/lib/mooring',
      sync: 'commit',
      logLevel: 'warn',
    });
  });

  test('keys keep their order, the current one first', () => {
    const { tokenKeys, sealingKeys } = readConfig({
      MOORING_TOKEN_KEYS: `${key(1)}, ${key(2)}`,
      MOORING_SEALING_KEYS: key(3),
    });
    expect(tokenKeys).toEqual([Buffer.alloc(32, 1), Buffer.alloc(32, 2)]);
    expect(sealingKeys).toEqual([Buffer.alloc(32, 3)]);
  });
});

describe('what is wrong', () => {
  const cases = [
    [
      { MOORING_HTTP_PORT: '80a' },
      'MOORING_HTTP_PORT is "80a", not a port from 0 to 65535; example: MOORING_HTTP_PORT=8080',
    ],
    [
      { MOORING_HTTP_PORT: '65536' },
      'MOORING_HTTP_PORT is "65536", not a port from 0 to 65535; example: MOORING_HTTP_PORT=8080',
    ],
    [
      { MOORING_SYNC: 'none' },
      'MOORING_SYNC is "none", not one of flush, commit; example: MOORING_SYNC=flush',
    ],
    [
      { MOORING_LOG_LEVEL: 'loud' },
      'MOORING_LOG_LEVEL is "loud", not one of debug, info, warn, error, silent; example: MOORING_LOG_LEVEL=debug',
    ],
    [
      { MOORING_TLS_CERT: '/cert.pem' },
      'MOORING_TLS_KEY is not set, but MOORING_TLS_CERT is, and TLS needs both; example: MOORING_TLS_KEY=/etc/mooring/key.pem',
    ],
    [
      { MOORING_TLS_KEY: '/key.pem' },
      'MOORING_TLS_CERT is not set, but MOORING_TLS_KEY is, and TLS needs both; example: MOORING_TLS_CERT=/etc/mooring/cert.pem',
    ],
    [
      { MOORING_ALIYUN_ENDPOINT: 'foo' },
      'MOORING_ALIYUN_ENDPOINT is "foo", not of the form http://host:port or https://host; example: MOORING_ALIYUN_ENDPOINT=https://iot.cn-shanghai.aliyuncs.com',
    ],
    [
      { MOORING_DYNAMODB_ENDPOINT: 'http://a/b' },
      'MOORING_DYNAMODB_ENDPOINT is "http://a/b", not of the form http://host:port or https://host; example: MOORING_DYNAMODB_ENDPOINT=http://127.0.0.1:4567',
    ],
    [
      { MOORING_TABLESTORE_ENDPOINT: 'ots.aliyuncs.com' },
      'MOORING_TABLESTORE_ENDPOINT is "ots.aliyuncs.com", not of the form http://host:port or https://host; example: MOORING_TABLESTORE_ENDPOINT=https://mooring.cn-shanghai.ots.aliyuncs.com',
    ],
  ] as const;
  for (const [env, problem] of cases) {
    test(`refuses ${JSON.stringify(env)} and says why`, () => {
      expect(() => readConfig(env)).toThrow(
        new ConfigError(`the environment is wrong:\n  ${problem}`),
      );
    });
  }

  for (const url of [
    'amqp://mooring:my-own@host:99999',
    'amqp://mooring:my-own/one@host',
    'amqp://mooring:my-own%one@host',
    'http://mooring:my-own@host',
  ]) {
    test(`refuses ${url} for RabbitMQ and does not show the password`, () => {
      const read = () => readConfig({ MOORING_RABBITMQ_URL: url });
      expect(read).toThrow('MOORING_RABBITMQ_URL is not of the form');
      expect(read).not.toThrow('my-own');
    });
  }

  test('all problems are reported together', () => {
    expect(() => readConfig({ MOORING_HTTP_PORT: '-1', MOORING_SYNC: 'no' })).toThrow(
      /MOORING_HTTP_PORT is "-1".*\n.*MOORING_SYNC is "no"/,
    );
  });

  for (const wrong of [
    Buffer.alloc(31, 7).toString('base64'),
    'A'.repeat(42),
    // The same 32 bytes in another spelling.
    `${key(7).slice(0, -2)}d=`,
  ]) {
    test(`a key of ${wrong.length} characters that is no key is named by its place and never shown`, () => {
      const read = () => readConfig({ MOORING_SEALING_KEYS: `${key(1)},${wrong}` });
      expect(read).toThrow('MOORING_SEALING_KEYS: key 2 of 2 is not 32 bytes in base64; example');
      expect(read).not.toThrow(wrong);
      expect(read).not.toThrow(key(1));
    });
  }
});

describe('the account of Alibaba Cloud', () => {
  test('has its access key from the variables of the platform', () => {
    const env = {
      MOORING_ALIYUN_ENDPOINT: 'http://127.0.0.1:8080',
      MOORING_ALIYUN_INSTANCE_ID: 'iot-1',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret',
      ALIBABA_CLOUD_SECURITY_TOKEN: 'token',
    };
    expect(readConfig(env).aliyun).toEqual({
      endpoint: 'http://127.0.0.1:8080',
      instanceId: 'iot-1',
      accessKeyId: 'id',
      accessKeySecret: 'secret',
      securityToken: 'token',
    });
  });
});

describe('MOORING_CERTIFICATES_PER_MINUTE', () => {
  test.each(['0', '-1', 'many', '100001', '1.5'])('refuses %s', (text) => {
    expect(() => readConfig({ MOORING_CERTIFICATES_PER_MINUTE: text })).toThrow(
      `MOORING_CERTIFICATES_PER_MINUTE is "${text}", not a number from 1 to 100000`,
    );
  });

  test('takes a number', () => {
    expect(readConfig({ MOORING_CERTIFICATES_PER_MINUTE: '1' }).certificatesPerMinute).toBe(1);
  });
});

describe('stores that are services', () => {
  test('are told where they are and how their tables begin', () => {
    const env = {
      MOORING_TABLE_PREFIX: 'prod_',
      MOORING_DYNAMODB_ENDPOINT: 'http://127.0.0.1:4567',
      AWS_REGION: 'eu-central-1',
      MOORING_TABLESTORE_ENDPOINT: 'http://127.0.0.1:8087',
      MOORING_TABLESTORE_INSTANCE: 'mooring',
    };
    expect(readConfig(env).tables).toEqual({
      prefix: 'prod_',
      dynamodb: { endpoint: 'http://127.0.0.1:4567', region: 'eu-central-1' },
      tablestore: { endpoint: 'http://127.0.0.1:8087', instance: 'mooring' },
    });
  });
});
