import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startLocalStack } from '../../infra/local/stack.ts';
import { ConfigError, readConfig } from '../../shared/runtime/config.ts';
import { tempFolder } from '../support/temp-folder.ts';

test.each([{}, { ALIBABA_CLOUD_ACCESS_KEY_ID: 'a' }, { ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'b' }])(
  'the stack does not start without the key of the account that identities come from: %o',
  async (key) => {
    const dataDir = join(tempFolder(), 'data');
    const env = {
      MOORING_DATA_DIR: dataDir,
      MOORING_HTTP_PORT: '0',
      MOORING_MQTT_PORT: '0',
      MOORING_MQTT_WS_PORT: '0',
      MOORING_AMQP_PORT: '0',
      MOORING_IDENTITIES: 'aliyun',
    };
    const starting = startLocalStack({ config: readConfig({ ...env, ...key }) });
    await expect(starting).rejects.toThrow(ConfigError);
    await expect(starting).rejects.toThrow('there are no credentials for Alibaba Cloud: set ');
    expect(existsSync(dataDir)).toBe(false);
  },
);
