import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonObject } from '../../../shared/core/alink/json-object.ts';
import { isErrno } from '../../../shared/runtime/errno.ts';
import { CommandError } from '../command.ts';

/** What `npm start` wrote of its demo. Texts are empty where it has them not. */
export type DemoFile = {
  path: string;
  productKey: string;
  productSecret: string;
  deviceName: string;
  deviceSecret: string;
  unactivatedDeviceName: string;
  /** By scheme. */
  endpoint(scheme: string): string;
};

/** @throws CommandError for one that cannot be read; an absent one has nothing in it. */
export function readDemoFile(dataDir: string): DemoFile {
  const path = join(dataDir, 'demo.json');
  const demo = readJson(path);
  const text = (name: string) => textIn(demo, name);
  const endpoints = isJsonObject(demo['endpoints']) ? demo['endpoints'] : {};
  return {
    path,
    productKey: text('productKey'),
    productSecret: text('productSecret'),
    deviceName: text('deviceName'),
    deviceSecret: text('deviceSecret'),
    unactivatedDeviceName: text('unactivatedDeviceName'),
    endpoint: (scheme) => textIn(endpoints, scheme),
  };
}

function readJson(path: string): JsonObject {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isJsonObject(content) ? content : {};
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return {};
    // Not the parser's own words: they quote the text, and it holds secrets.
    throw new CommandError(`${path} cannot be read, or is not what npm start writes.`, { cause });
  }
}

function textIn(holder: JsonObject, name: string): string {
  const value = holder[name];
  return typeof value === 'string' ? value : '';
}
