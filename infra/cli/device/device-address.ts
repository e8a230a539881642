import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CommandError, UsageError } from '../command.ts';
import type { DemoFile } from './demo-file.ts';
import type { DeviceValues } from './device-options.ts';
import type { Address } from './mqtt-connection.ts';

/**
 * Where the broker is: `--url`, else what the demo file says.
 * @throws UsageError, CommandError where neither says it.
 */
export function addressOf(values: DeviceValues, demo: DemoFile): Address {
  const url = values.url ?? demo.endpoint(schemeOf(values));
  if (url === '') {
    throw new CommandError(
      `--url is not given, and ${demo.path} names no address for ${schemeOf(values)}. Give --url mqtt://host:port, or run npm start in this folder first.`,
    );
  }
  if (!/^(?:mqtts?|wss?):\/\/[^/]/.test(url)) {
    throw new UsageError(
      `--url is "${url}", not of the form mqtt://host:port, mqtts://, ws:// or wss://.`,
    );
  }
  return { url, ...(values.ca !== undefined && { ca: readCa(values.ca) }) };
}

function schemeOf({ ws, ca }: DeviceValues): string {
  if (ca === undefined) return ws ? 'ws' : 'mqtt';
  return ws ? 'wss' : 'mqtts';
}

function readCa(path: string): Buffer {
  const pem = readPem(path);
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new CommandError(`--ca: ${path} holds no certificate. Name the PEM file of a CA.`, {
      cause,
    });
  }
  return pem;
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CommandError(`--ca: ${path} cannot be read. Name a PEM file.`, { cause });
  }
}
