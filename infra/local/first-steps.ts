import { httpSign } from '../../shared/core/signing/http-sign.ts';
import type { Demo } from './demo.ts';

/** Commands to paste into a shell: a device signs in, posts a property, and a server reads it back. */
export function firstSteps(demo: Demo): string {
  const { productKey, deviceName, deviceSecret, endpoints } = demo;
  const clientId = `${productKey}.${deviceName}`;
  const sign = httpSign({ clientId, deviceName, productKey }, 'hmacsha1', deviceSecret);
  const form = JSON.stringify({ productKey, deviceName, clientId, signmethod: 'hmacsha1', sign });
  const post = JSON.stringify({
    id: '1',
    version: '1.0',
    params: { temperature: 25.5 },
    method: 'thing.event.property.post',
  });
  return `
A demo product with two devices was made (secrets: see demo.json in the data folder). Try it in another shell:

  TOKEN=$(curl -s ${endpoints['http']}/auth -H 'Content-Type: application/json' \\
    -d '${form}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')

  curl -s ${endpoints['http']}/topic/sys/${productKey}/${deviceName}/thing/event/property/post \\
    -H "password: $TOKEN" -H 'Content-Type: application/octet-stream' \\
    -d '${post}'

  npx mooring QueryDevicePropertyStatus --ProductKey ${productKey} --DeviceName ${deviceName}

`;
}
