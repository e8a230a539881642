import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../../../shared/runtime/config.ts';
import { openDownlink } from '../../../../shared/runtime/open-downlink.ts';
import { captureLog } from '../../../support/captured-log.ts';

const open = (env: Record<string, string>) =>
  openDownlink({ config: readConfig(env), log: captureLog(), nowMs: () => 0 });

const MESSAGE = {
  productKey: 'pk',
  deviceName: 'dn',
  topic: '/pk/dn/user/get',
  payload: Buffer.from('x'),
  qos: 0 as const,
};

test('without a configured broker messages are refused with what to set', async () => {
  await expect(open({}).publish(MESSAGE)).rejects.toThrow('MOORING_DOWNLINK');
});

test.each([
  { env: { MOORING_DOWNLINK: 'emqx' }, names: 'MOORING_EMQX_ENDPOINT' },
  {
    env: { MOORING_DOWNLINK: 'emqx', MOORING_EMQX_ENDPOINT: 'http://127.0.0.1:18083' },
    names: 'MOORING_EMQX_API_KEY',
  },
  { env: { MOORING_DOWNLINK: 'rabbitmq' }, names: 'MOORING_RABBITMQ_URL' },
  { env: { MOORING_DOWNLINK: 'embedded' }, names: 'local stack' },
])('$env is refused at once and names $names', ({ env, names }) => {
  expect(() => open(env)).toThrow(ConfigError);
  expect(() => open(env)).toThrow(names);
});

test.each([
  {
    MOORING_DOWNLINK: 'emqx',
    MOORING_EMQX_ENDPOINT: 'http://127.0.0.1:1',
    MOORING_EMQX_API_KEY: 'k',
    MOORING_EMQX_API_SECRET: 's',
  },
  { MOORING_DOWNLINK: 'rabbitmq', MOORING_RABBITMQ_URL: 'amqp://u:p@127.0.0.1:1' },
  { MOORING_DOWNLINK: 'aliyun' },
])('$MOORING_DOWNLINK connects to nothing before the first message', async (env) => {
  const downlink = open(env);
  expect(await downlink.liveness(MESSAGE, 0)).toBe('unknown');
  await downlink.close();
});
