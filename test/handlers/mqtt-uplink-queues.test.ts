import { afterEach, expect, test, vi } from 'vitest';
import { openBase } from '../../infra/local/base.ts';
import { THING_RECORDER } from '../../infra/local/consumers.ts';
import { ensureDemo } from '../../infra/local/demo.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { tempFolder } from '../support/temp-folder.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('a batch of an Amazon MQ queue is done when the bus has all its messages', async () => {
  const env = { MOORING_DATA_DIR: tempFolder(), MOORING_LOG_LEVEL: 'silent' };
  const base = openBase(readConfig(env));
  const { demo } = await ensureDemo(env.MOORING_DATA_DIR, base, {});
  const topic = `/${demo.productKey}/${demo.deviceName}/user/update`;
  const message = {
    basicProperties: { headers: { 'x-mooring-topic': topic } },
    data: Buffer.from('hello').toString('base64'),
  };
  const event = {
    eventSource: 'aws:rmq',
    rmqMessagesByQueue: { 'mooring.uplink::/': [message, message] },
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const { handler } = await import('../../functions/mqtt-uplink/index.ts');
  await handler(event, {});
  const { unread } = await base.bus.backlog(THING_RECORDER);
  expect(unread).toBe(2);
  await base.bus.close();
  await base.store.close();
});
