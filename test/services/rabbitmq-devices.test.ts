import { describe } from 'vitest';
import { type DeviceStack, startDeviceStack } from '../support/device-stack.ts';
import { findFreePorts } from '../support/free-ports.ts';
import { linkSdkTests } from '../support/link-sdk-tests.ts';
import { hasRabbitmq, startRabbitmqServer } from '../support/rabbitmq-server.ts';

const START_TIMEOUT_MS = 120_000;
const HOOK_TOKEN = 'hook-token-1';

describe.skipIf(!hasRabbitmq())(
  'alibabacloud-iot-device-sdk 1.2.8, as it is, behind RabbitMQ (Debian package rabbitmq-server)',
  () => {
    linkSdkTests(startBehindRabbitmq, START_TIMEOUT_MS);
  },
);

/** Devices connect to RabbitMQ, which asks the hooks of the stack; messages go through it both ways. */
async function startBehindRabbitmq(): Promise<DeviceStack> {
  const [port = 0] = await findFreePorts(1);
  const server = await startRabbitmqServer(`http://127.0.0.1:${port}`, HOOK_TOKEN);
  const stack = await startDeviceStack({
    MOORING_HTTP_PORT: String(port),
    MOORING_HOOK_TOKEN: HOOK_TOKEN,
    MOORING_RABBITMQ_URL: server.amqpUrl,
    MOORING_DOWNLINK: 'rabbitmq',
  });
  return {
    ...stack,
    mqttAddress: `127.0.0.1:${server.mqttPort}`,
    stop: async () => {
      await stack.stop();
      await server.stop();
    },
  };
}
