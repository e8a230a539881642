import { describe, expect, test } from 'vitest';
import { readForwarderConfig, requireSource } from '../../../../shared/runtime/forwarder-config.ts';
import { remainingMs } from '../../../../shared/runtime/function-time.ts';

const KEY = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI1',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'geheim',
};
const SOURCE = { MOORING_FORWARDER_SOURCE: 'amqps://123.iot-amqp.cn-shanghai.aliyuncs.com' };

describe('the source of a forwarder', () => {
  test('is a consumer group, with the access key of the account', () => {
    const env = {
      ...KEY,
      ...SOURCE,
      MOORING_FORWARDER_GROUP: 'g1',
      MOORING_FORWARDER_INSTANCE_ID: 'iot-1',
    };
    expect(readForwarderConfig(env).source).toMatchObject({
      server: { host: '123.iot-amqp.cn-shanghai.aliyuncs.com', port: 5671, isTls: true },
      login: {
        kind: 'aksign',
        accessKeyId: 'LTAI1',
        accessKeySecret: 'geheim',
        consumerGroupId: 'g1',
        instanceId: 'iot-1',
      },
      clientId: expect.stringMatching(/^mooring-forwarder-[0-9a-f]{12}$/),
    });
  });

  test('may have an access key of its own', () => {
    const env = {
      ...KEY,
      ...SOURCE,
      MOORING_FORWARDER_ACCESS_KEY_ID: 'MK1',
      MOORING_FORWARDER_ACCESS_KEY_SECRET: 'other',
    };
    expect(readForwarderConfig(env).source?.login).toMatchObject({
      accessKeyId: 'MK1',
      accessKeySecret: 'other',
      consumerGroupId: 'DEFAULT_GROUP',
    });
  });

  test('is a queue of a broker, with user and virtual host', () => {
    const env = {
      MOORING_FORWARDER_SOURCE: 'amqp://us%40er:p%2Fw@[::1]:5673/v1',
      MOORING_FORWARDER_ADDRESS: '/queue/uplinks',
      MOORING_FORWARDER_CLIENT_ID: 'c1',
    };
    expect(readForwarderConfig(env).source).toEqual({
      server: { host: '::1', port: 5673, isTls: false, vhost: 'v1' },
      login: { kind: 'plain', username: 'us@er', password: 'p/w' },
      address: '/queue/uplinks',
      clientId: 'c1',
    });
  });

  test('is demanded where there is none', () => {
    expect(() => requireSource(readForwarderConfig({}))).toThrow(
      'MOORING_FORWARDER_SOURCE is not set: it says where messages come from; example: MOORING_FORWARDER_SOURCE=amqps://',
    );
  });
});

describe('dead letters', () => {
  test.each([
    [undefined, { kind: 'release' }],
    ['release', { kind: 'release' }],
    ['reject', { kind: 'reject' }],
    ['/queue/dead', { kind: 'source-address', address: '/queue/dead' }],
    ['amqp://u:p@h:5672/v#/queue/dead', { kind: 'amqp', address: '/queue/dead' }],
    ['fc3:report', { kind: 'target', target: { kind: 'fc3', functionName: 'report' } }],
    ['https://example.com/dead', { kind: 'target', target: { kind: 'http' } }],
  ])('%s', (text, expected) => {
    const env = text === undefined ? {} : { MOORING_FORWARDER_DEAD_LETTERS: text };
    expect(readForwarderConfig(env).deadLetters).toMatchObject(expected);
  });
});

describe('what is wrong with the environment', () => {
  test.each([
    [
      { MOORING_FORWARDER_SOURCE: 'amqp://u:ge%heim@h' },
      'MOORING_FORWARDER_SOURCE is not of the form amqp://user:password@host:5672 or amqps://host:5671',
    ],
    [{ MOORING_FORWARDER_SOURCE: 'http://h' }, 'MOORING_FORWARDER_SOURCE is not of the form'],
    [
      SOURCE,
      'set MOORING_FORWARDER_ACCESS_KEY_ID and MOORING_FORWARDER_ACCESS_KEY_SECRET, or ALIBABA',
    ],
    [
      { ...SOURCE, ...KEY, MOORING_FORWARDER_GROUP: 'a,b' },
      'MOORING_FORWARDER_GROUP, MOORING_FORWARDER_INSTANCE_ID and the id',
    ],
    [
      { ...SOURCE, ...KEY, MOORING_FORWARDER_CLIENT_ID: 'a|b' },
      'MOORING_FORWARDER_CLIENT_ID is "a|b", not 1 to 64',
    ],
    [
      { MOORING_FORWARDER_DEAD_LETTERS: 'fc9:geheim' },
      'MOORING_FORWARDER_DEAD_LETTERS is none of release, reject',
    ],
    [
      { MOORING_FORWARDER_DEAD_LETTERS: 'amqp://u:geheim@h' },
      'MOORING_FORWARDER_DEAD_LETTERS is not of the form amqp://user:password@host:port#address',
    ],
    [
      { MOORING_FORWARDER_WINDOW: '0' },
      'MOORING_FORWARDER_WINDOW is "0", not a number from 1 to 10000; example: MOORING_FORWARDER_WINDOW=1000',
    ],
    [
      { MOORING_FC_ENDPOINT: 'fc' },
      'MOORING_FC_ENDPOINT is "fc", not of the form http://host:port',
    ],
  ])('%j is told with the variable and an example, and no secret', (env, problem) => {
    expect(() => readForwarderConfig(env)).toThrow(problem);
    expect(() => readForwarderConfig(env)).toThrow(/example: MOORING_/);
    expect(() => readForwarderConfig(env)).not.toThrow(/geheim|ge%heim/);
  });
});

describe('the time that a function has', () => {
  test.each([
    [{ getRemainingTimeInMillis: () => 1234 }, 1234],
    [{ function: { timeout: 60 } }, 60_000],
    [{ function: {} }, undefined],
    [undefined, undefined],
  ])('%j', (context, ms) => {
    expect(remainingMs(context)).toBe(ms);
  });
});
