import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

type NodeSdk = {
  /** Hands its callback the body of the reply, whether it is a success or a refusal. */
  register(
    options: Readonly<Record<string, string>>,
    callback: (answer: Record<string, unknown>) => void,
  ): void;
};

/** npm alibabacloud-iot-device-sdk as it is, with types for what tests use of it: it has none. */
export const nodeSdk: NodeSdk = require('alibabacloud-iot-device-sdk');
