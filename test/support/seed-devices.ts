import { type DeviceProgram, startDevice } from './device-program.ts';
import type { DeviceStack, Identity } from './device-stack.ts';

type Stack = Pick<DeviceStack, 'mqttAddress'>;
type Settings = Readonly<Record<string, unknown>>;

const REGION = { regionId: 'cn-shanghai' };

/** The device of the MQTT sample, connected: mqtt 2.18, `clean: false` unless the settings say otherwise. */
export async function connectSeedClient(
  { mqttAddress }: Stack,
  identity: Identity,
  settings: Settings = {},
): Promise<DeviceProgram> {
  const device = startDevice({
    program: 'seed-client.cjs',
    settings: { ...identity, ...REGION, ...settings },
    redirectTo: mqttAddress,
  });
  await device.next('connect');
  return device;
}

/** The device of the samples on aliyun-iot-mqtt, connected and subscribed to `topic`. */
export async function connectSeedMqtt(
  { mqttAddress }: Stack,
  identity: Identity,
  { topic, ...settings }: Settings & { topic: string },
): Promise<DeviceProgram> {
  const device = startDevice({
    program: 'seed-aliyun-iot-mqtt.cjs',
    settings: { ...identity, ...REGION, ...settings },
    redirectTo: mqttAddress,
  });
  await device.next('connect');
  device.tell('subscribe', topic);
  await device.next('suback', {});
  return device;
}
