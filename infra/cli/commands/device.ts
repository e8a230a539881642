import { type Command, type CommandContext, UsageError } from '../command.ts';
import { readDemoFile } from '../device/demo-file.ts';
import { addressOf } from '../device/device-address.ts';
import { resolveIdentity } from '../device/device-identity.ts';
import { readDeviceList } from '../device/device-list.ts';
import {
  DEVICE_OPTIONS,
  type DeviceValues,
  millisecondsOf,
  scriptOf,
} from '../device/device-options.ts';
import { createJournal } from '../device/journal.ts';
import { runMany } from '../device/many-devices.ts';
import { RECONNECT_MS } from '../device/mqtt-connection.ts';
import { runOne } from '../device/one-device.ts';
import { createRunEnd, type RunEnd } from '../device/run-end.ts';
import { DATA_DIR_USAGE, folderConfig } from '../folder.ts';
import { onlyPositional, parseOptions } from '../options.ts';

/** `mooring device`: devices in the terminal, over MQTT. */
export const device: Command = {
  summary:
    'be a device over MQTT: connect, post, answer, show what arrives; or many devices at once',
  usage: `Usage: mooring device connect [options]

Signs in over MQTT as a device, subscribes to all that is sent to it, shows what arrives, and answers
property sets (with a post of the properties behind), services and RRPC. Ends with Ctrl-C or --for.
Exit code 0: it went as asked, 1: the device or what it sent was refused, or something failed, 2: the
command is wrong.

Who, by default the demo device that npm start made:

  --product-key KEY --device-name NAME
  --device-secret SECRET    a single - reads it from standard input, out of the shell's history
  --client-id ID            default: <product-key>.<device-name>
  --register KIND           gets an identity with the product's secret first: register, for a device that
                            is registered and has not signed in yet; regnwl, for one that nobody has
                            registered. Over TLS, or to this very machine
  --product-secret SECRET   of --register; default: the demo product's
  --devices FILE.csv        many devices at once: a list that mooring devices export --with-secrets wrote
  --count N                 the first N of the list

Where:

  --url URL                 mqtt://host:port, mqtts://, ws:// or wss:// (default: that of npm start)
  --ws                      over WebSocket, where --url is not given
  --ca FILE                 PEM of the CA of the server's certificate
  --keep-session            what is sent with QoS 1 while the device is away waits for it

What, each of them once after the connection, and several times if given so:

  --post JSON               posts properties: --post '{"temperature":21}'
  --every SECONDS           posts them again and again
  --event NAME=JSON         posts an event: --event 'Overheat={"level":1}'
  --publish TOPIC=TEXT      publishes; a topic without a slash in front is one of the device's own:
                            --publish user/update=hello
  --subscribe TOPIC         subscribes to more
  --shadow JSON             reports to the device shadow: --shadow '{"color":"red"}'
  --get-shadow              asks for the device shadow
  --answer NAME=JSON        answers a service with these data: --answer 'Reset={"done":1}'; NAME may be the
                            topic of a custom RRPC, or rrpc for any, and the answer any text then
  --qos 0|1                 of what the device publishes (default 1)
  --for SECONDS             ends by itself; 0: when everything is acknowledged
  --json                    a JSON object a line, also for what is no message
${DATA_DIR_USAGE}
`,
  run: async (args, context) => {
    const { values, positionals } = parseOptions(args, DEVICE_OPTIONS);
    if (onlyPositional(positionals) !== 'connect') {
      throw new UsageError('Say what to do: mooring device connect.');
    }
    refuseMixed(values);
    const end = createRunEnd(millisecondsOf(values, 'for', 0));
    try {
      return await (values.devices === undefined
        ? connectOne(values, context, end)
        : connectMany({ ...values, devices: values.devices }, context, end));
    } finally {
      end.forget();
    }
  },
};

/** What would be left alone without a word. */
function refuseMixed(values: DeviceValues): void {
  if (values.count !== undefined && values.devices === undefined) {
    throw new UsageError(
      '--count takes the first devices of a list, and --devices is missing: mooring devices export --with-secrets --out FILE.csv writes one.',
    );
  }
  if (values.devices === undefined) return;
  const other = OF_ONE_DEVICE.find((option) => values[option] !== undefined);
  if (other !== undefined) throw new UsageError(`--${other} does not go with --devices.`);
}

const OF_ONE_DEVICE = [
  'device-name',
  'device-secret',
  'product-secret',
  'client-id',
  'register',
] as const;

async function connectOne(
  values: DeviceValues,
  { terminal, readConfig }: CommandContext,
  end: RunEnd,
): Promise<number> {
  const script = scriptOf(values);
  const demo = readDemoFile(folderConfig(readConfig(), values['data-dir']).dataDir);
  const address = addressOf(values, demo);
  const identity = await resolveIdentity(values, { demo, address, terminal });
  const journal = createJournal(terminal, { asJson: values.json, nowMs: () => Date.now() });
  const keepsSession = values['keep-session'];
  const reconnectMs = RECONNECT_MS;
  return runOne({ ...identity, address, keepsSession, script, journal, reconnectMs }, end);
}

async function connectMany(
  values: DeviceValues & { devices: string },
  { terminal, readConfig }: CommandContext,
  end: RunEnd,
): Promise<number> {
  const script = scriptOf(values);
  const demo = readDemoFile(folderConfig(readConfig(), values['data-dir']).dataDir);
  const address = addressOf(values, demo);
  const productKey = values['product-key'] ?? '';
  const devices = await readDeviceList(values.devices, { most: countOf(values), productKey });
  const keepsSession = values['keep-session'];
  const running = { devices, address, keepsSession, script, reconnectMs: RECONNECT_MS };
  return runMany({ ...running, terminal, asJson: values.json }, end);
}

function countOf({ count }: DeviceValues): number {
  if (count === undefined) return MOST_DEVICES;
  const wanted = Number(count);
  if (Number.isInteger(wanted) && wanted > 0 && wanted <= MOST_DEVICES) return wanted;
  throw new UsageError(`--count is "${count}", not an integer from 1 to ${MOST_DEVICES}.`);
}

/** More would run out of the ports of one address. */
const MOST_DEVICES = 20_000;
