import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalStack, startLocalStack } from '../../infra/local/stack.ts';
import { readConfig } from '../../shared/runtime/config.ts';

export type TestStack = LocalStack & { dataDir: string; port: number };

/** The local stack on a new folder and a free port; `stop` removes the folder too. */
export async function startTestStack(env: Record<string, string> = {}): Promise<TestStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mooring-'));
  const config = readConfig({
    MOORING_DATA_DIR: dataDir,
    MOORING_HTTP_PORT: '0',
    MOORING_MQTT_PORT: '0',
    MOORING_MQTT_WS_PORT: '0',
    MOORING_AMQP_PORT: '0',
    MOORING_LOG_LEVEL: 'silent',
    ...env,
  });
  const stack = await startLocalStack({ config });
  return {
    ...stack,
    dataDir,
    port: Number(new URL(stack.endpoints['http'] ?? '').port),
    stop: async () => {
      await stack.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}
