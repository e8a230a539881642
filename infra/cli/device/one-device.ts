import type { MqttClient } from 'mqtt';
import type { DeviceScript } from './device-script.ts';
import { explainLoss } from './explain-connection.ts';
import type { Journal } from './journal.ts';
import type { Login } from './login.ts';
import { type Address, triedBy } from './mqtt-connection.ts';
import { runDevice } from './run-device.ts';
import type { RunEnd } from './run-end.ts';
import type { DeviceName } from './simulated-device.ts';

export type OneDevice = {
  name: DeviceName;
  login: Login;
  address: Address;
  keepsSession: boolean;
  script: DeviceScript;
  journal: Journal;
  reconnectMs: number;
};

/** Runs one device until the end, which begins with its script. Resolves to the exit code. @throws CommandError */
export async function runOne(one: OneDevice, end: RunEnd): Promise<number> {
  const { name, address, script, journal, reconnectMs } = one;
  let failures = 0;
  const note: Journal = (happened) => {
    if (happened.event === 'failed') failures += 1;
    journal(happened);
  };
  const own = `${name.productKey}/${name.deviceName}`;
  const connected = () => note({ event: 'connected', text: `${own} to ${address.url}` });
  const lost = () =>
    note({ event: 'lost', text: `${own}; tries again in ${reconnectMs / 1000} s` });
  let isEnding = false;
  const onClient = (client: MqttClient) => {
    connected();
    client.on('connect', connected);
    client.on('error', (error) =>
      note({ event: 'failed', text: explainLoss(error, triedBy(one)) }),
    );
    client.on('close', () => isEnding || lost());
  };
  const running = await runDevice({ connecting: one, script, journal: note, onClient });
  end.begin();
  await end.reached;
  isEnding = true;
  await running.stop();
  return failures > 0 ? 1 : 0;
}
