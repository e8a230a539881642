import { type DeviceProgram, startDevice } from './device-program.ts';
import type { DeviceStack, Identity } from './device-stack.ts';

export type LinkSdk = {
  packageName: 'alibabacloud-iot-device-sdk' | 'aliyun-iot-device-sdk';
  kind?: 'device' | 'gateway';
  /** Of the SDK's configuration, beside the identity; `brokerUrl` is that of MQTT over TCP unless it is named. */
  settings?: Readonly<Record<string, unknown>>;
};

/** What the SDK hands to a callback. */
type Answer = {
  id: string;
  code: number;
  message: string;
  method: string;
  data: Record<string, unknown>;
};

/** A program on one of the Link SDKs for Node.js, connected and with all that it subscribed to granted or refused. */
export async function connectLinkSdk(
  { mqttAddress }: Pick<DeviceStack, 'mqttAddress'>,
  identity: Identity,
  { packageName, kind = 'device', settings = {} }: LinkSdk,
): Promise<DeviceProgram & { granted: Map<string, number | undefined>; ask: Ask }> {
  const program = startDevice({
    program: 'link-sdk.cjs',
    args: [packageName, kind],
    settings: { ...identity, brokerUrl: `mqtt://${mqttAddress}`, ...settings },
  });
  await program.next('connect');
  const granted = new Map<string, number | undefined>();
  while (program.waiting('subscribe') > 0) {
    const { messageId, topics } = await program.next<Subscribe>('subscribe');
    const { granted: codes } = await program.next<Suback>('suback', { messageId });
    for (const [at, topic] of topics.entries()) granted.set(topic, codes[at]);
  }
  const ask: Ask = async (method, ...args) => {
    program.tell('ask', method, ...args);
    return (await program.next<{ answer: Answer }>('answer', { method })).answer;
  };
  return { ...program, granted, ask };
}

type Ask = (method: string, ...args: unknown[]) => Promise<Answer>;

type Subscribe = { messageId: number; topics: readonly string[] };
type Suback = { granted: readonly number[] };
