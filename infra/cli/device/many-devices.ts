import type { MqttClient } from 'mqtt';
import type { Terminal } from '../command.ts';
import { createProgressLine, progressOn } from '../progress-line.ts';
import type { DeviceScript } from './device-script.ts';
import { createTally, type DeviceTally } from './device-tally.ts';
import { explainLoss } from './explain-connection.ts';
import type { Journal } from './journal.ts';
import { deviceLogin } from './login.ts';
import { type Address, isTls, triedBy } from './mqtt-connection.ts';
import { type RunningDevice, runDevice } from './run-device.ts';
import type { RunEnd } from './run-end.ts';
import type { DeviceName, SimulatedDevice } from './simulated-device.ts';

export type ManyDevices = {
  devices: readonly SimulatedDevice[];
  address: Address;
  keepsSession: boolean;
  script: DeviceScript;
  terminal: Terminal;
  asJson: boolean;
  reconnectMs: number;
};

/** Whose sign-in is under way. */
const CONNECTING_AT_ONCE = 50;

/**
 * Runs many devices until the end, which begins when the last has connected, and then tells what was
 * counted. Resolves to the exit code.
 */
export async function runMany(many: ManyDevices, end: RunEnd): Promise<number> {
  const { terminal, asJson } = many;
  const tally = createTally(many.devices.length);
  const progress = createProgressLine(progressOn(terminal));
  const show = setInterval(() => progress.show(tally.text()), SHOW_EVERY_MS);
  await connectAll(many, tally, end);
  clearInterval(show);
  progress.end();
  terminal.out(`${asJson ? JSON.stringify(tally.counts) : tally.totals()}\n`);
  for (const line of tally.reasons()) terminal.err(`${line}\n`);
  return tally.counts.errors > 0 ? 1 : 0;
}

const SHOW_EVERY_MS = 100;

async function connectAll(many: ManyDevices, tally: DeviceTally, end: RunEnd): Promise<void> {
  const running: RunningDevice[] = [];
  const waiting = many.devices.values();
  let isEnding = false;
  const connectNext = async (): Promise<void> => {
    for (const device of waiting) {
      if (isEnding) return;
      const started = await start(device, many, tally);
      if (started) running.push(started);
    }
  };
  const workers = Array.from({ length: CONNECTING_AT_ONCE }, connectNext);
  const connecting = Promise.all(workers).then(end.begin);
  await end.reached;
  isEnding = true;
  await connecting;
  await Promise.all(running.map((device) => device.stop()));
}

async function start(
  device: SimulatedDevice,
  { address, keepsSession, script, reconnectMs }: ManyDevices,
  tally: DeviceTally,
): Promise<RunningDevice | undefined> {
  const login = deviceLogin(device, { isTls: isTls(address) });
  const connecting = { name: device, login, address, keepsSession, reconnectMs };
  const fail = (reason: string) => tally.fail(withoutNames(reason, device));
  const journal: Journal = (happened) => {
    if (happened.event === 'failed') fail(happened.text);
    else tally.note(happened);
  };
  const onClient = (client: MqttClient) => {
    tally.follow(client);
    client.on('error', (error) => fail(explainLoss(error, triedBy(connecting))));
  };
  try {
    return await runDevice({ connecting, script, journal, onClient });
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** Names and client id differ from device to device: the same fault is one reason. */
function withoutNames(reason: string, { productKey, deviceName }: DeviceName): string {
  return reason.replaceAll(deviceName, 'DEVICE').replaceAll(productKey, 'PRODUCT');
}
