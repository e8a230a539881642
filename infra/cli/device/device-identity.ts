import { randomBytes } from 'node:crypto';
import { CommandError, type Terminal, UsageError } from '../command.ts';
import type { DemoFile } from './demo-file.ts';
import type { DeviceValues } from './device-options.ts';
import { deviceLogin, type Login, REGISTRATION_KINDS, type RegistrationKind } from './login.ts';
import { type Address, isTls } from './mqtt-connection.ts';
import { register } from './register.ts';
import type { DeviceName } from './simulated-device.ts';

type Resolving = { demo: DemoFile; address: Address; terminal: Terminal };

/**
 * Who connects: the device of the options, else the demo's; with `--register` once it has an identity.
 * @throws UsageError, CommandError
 */
export async function resolveIdentity(
  values: DeviceValues,
  resolving: Resolving,
): Promise<{ name: DeviceName; login: Login }> {
  if (values.register !== undefined) return registered(kindOf(values.register), values, resolving);
  const { demo, address, terminal } = resolving;
  const given = NAMES.filter((option) => values[option] !== undefined);
  const missing = NAMES.find((option) => !values[option]);
  if (given.length > 0 && missing !== undefined) throw new UsageError(`--${missing} is missing.`);
  if (given.length === 0 && demo.deviceSecret === '') throw noDemo(demo, 'device-secret');
  const name = {
    productKey: values['product-key'] ?? demo.productKey,
    deviceName: values['device-name'] ?? demo.deviceName,
  };
  const deviceSecret = await secretOf(values['device-secret'] ?? demo.deviceSecret, terminal);
  const options = { clientId: values['client-id'], isTls: isTls(address) };
  return { name, login: deviceLogin({ ...name, deviceSecret }, options) };
}

const NAMES = ['product-key', 'device-name', 'device-secret'] as const;

async function registered(
  kind: RegistrationKind,
  values: DeviceValues,
  { demo, address, terminal }: Resolving,
): Promise<{ name: DeviceName; login: Login }> {
  const isDemo = values['product-key'] === undefined;
  if (!isDemo && !values['product-secret']) throw new UsageError('--product-secret is missing.');
  if (isDemo && demo.productSecret === '') throw noDemo(demo, 'product-secret');
  const secret = values['product-secret'] ?? demo.productSecret;
  const name = {
    productKey: values['product-key'] ?? demo.productKey,
    deviceName: values['device-name'] ?? newName(kind, demo, isDemo),
  };
  const productSecret = await secretOf(secret, terminal);
  const login = await register(kind, { ...name, productSecret }, address);
  terminal.err(`${name.productKey}/${name.deviceName} has its identity, and connects with it\n`);
  return { name, login };
}

/** A device that waits for its registration, or one that nobody knows. */
function newName(kind: RegistrationKind, demo: DemoFile, isDemo: boolean): string {
  if (kind === 'register' && isDemo) return demo.unactivatedDeviceName;
  if (kind === 'register') throw new UsageError('--device-name is missing.');
  return `sim-${randomBytes(NAME_BYTES).toString('hex')}`;
}

const NAME_BYTES = 6;

function kindOf(text: string): RegistrationKind {
  const kind = REGISTRATION_KINDS.find((known) => known === text);
  if (kind) return kind;
  throw new UsageError(
    `--register is "${text}", not register (of a device that is registered and has not signed in yet) or regnwl (of one that nobody has registered).`,
  );
}

async function secretOf(text: string, { readInput }: Terminal): Promise<string> {
  return text === '-' ? (await readInput()).trim() : text;
}

function noDemo({ path }: DemoFile, option: string): CommandError {
  return new CommandError(
    `--product-key, --device-name and --${option} are not given, and ${path} has no demo device either. Give them, or run npm start in this folder first.`,
  );
}
