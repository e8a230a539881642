import { resolve } from 'node:path';
import { hmac } from '../../shared/core/signing/hmac.ts';
import { httpSign } from '../../shared/core/signing/http-sign.ts';
import { identityContent } from '../../shared/core/signing/sign-content.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import type { Demo } from './demo.ts';

/**
 * Commands to paste into a shell: a device signs in and posts, over HTTP and over MQTT, and a server
 * reads it back and sets a property. They name the data folder where it is not the default one.
 */
export function firstSteps(demo: Demo, dataDir: string): string {
  const folder = folderOption(dataDir);
  return `
A demo product with two devices was made (secrets: see demo.json in the data folder). Try it in another shell:

${httpSteps(demo, folder)}

The same device over MQTT, by the commands of mosquitto-clients:

${mosquittoSteps(demo, folder)}

And one that shows whatever arrives and answers it, until Ctrl-C:

  npx mooring device connect${folder}

`;
}

/** Whole, since the other shell may be in another folder; empty for the default. */
function folderOption(dataDir: string): string {
  const path = resolve(dataDir);
  return path === resolve(readConfig({}).dataDir) ? '' : ` --data-dir ${quoted(path)}`;
}

/** One word of a shell. */
function quoted(word: string): string {
  return /^[\w/.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function httpSteps(demo: Demo, folder: string): string {
  const { productKey, deviceName, deviceSecret, endpoints } = demo;
  const clientId = `${productKey}.${deviceName}`;
  const sign = httpSign({ clientId, deviceName, productKey }, 'hmacsha1', deviceSecret);
  const form = JSON.stringify({ productKey, deviceName, clientId, signmethod: 'hmacsha1', sign });
  return `  TOKEN=$(curl -s ${endpoints['http']}/auth -H 'Content-Type: application/json' \\
    -d '${form}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')

  curl -s ${endpoints['http']}/topic/sys/${productKey}/${deviceName}/thing/event/property/post \\
    -H "password: $TOKEN" -H 'Content-Type: application/octet-stream' \\
    -d '${propertyPost(25.5)}'

  npx mooring QueryDevicePropertyStatus --ProductKey ${productKey} --DeviceName ${deviceName}${folder}`;
}

/** A device has one connection, so the subscriber comes behind the publisher. */
function mosquittoSteps(demo: Demo, folder: string): string {
  const { productKey, deviceName, deviceSecret, endpoints } = demo;
  const clientId = `${productKey}.${deviceName}`;
  const content = identityContent({ clientId, deviceName, productKey });
  const password = hmac('hmacsha256', deviceSecret, content).toString('hex');
  const { hostname, port } = new URL(endpoints['mqtt'] ?? '');
  const address = `-h ${hostname.replace(/^\[|\]$/g, '')} -p ${port}`;
  const login = `-i '${clientId}|securemode=3,signmethod=hmacsha256|' -u '${deviceName}&${productKey}' -P ${password}`;
  const thing = `/sys/${productKey}/${deviceName}/thing`;
  return `  device() { "$@" ${address} ${login}; }
  device mosquitto_pub -t ${thing}/event/property/post -m '${propertyPost(26)}'
  device mosquitto_sub -t ${thing}/service/property/set -C 1 &
  npx mooring SetDeviceProperty --ProductKey ${productKey} --DeviceName ${deviceName} --Items '{"LightSwitch":1}'${folder}`;
}

function propertyPost(temperature: number): string {
  return JSON.stringify({
    id: '1',
    version: '1.0',
    params: { temperature },
    method: 'thing.event.property.post',
  });
}
