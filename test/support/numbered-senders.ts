import { openBase } from '../../infra/local/base.ts';
import { registerDevice } from '../../shared/core/devices/register-device.ts';
import { issueToken, TOKEN_LIFE_MS } from '../../shared/core/token/token.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { post } from './device-socket.ts';
import { numberedParams } from './recorded-times.ts';
import { readDemo } from './stack-process.ts';

type Sender = { productKey: string; deviceName: string; token: string };

/** Devices that are signed in, registered through a second handle on the folder, as another process would. */
export async function prepareSenders(
  dataDir: string,
  count: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Sender[]> {
  const settings = { MOORING_DATA_DIR: dataDir, MOORING_LOG_LEVEL: 'error', ...env };
  const base = openBase(readConfig(settings));
  const { productKey } = await readDemo(dataDir);
  const senders = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const registered = await registerDevice({ productKey, deviceName: `killed-${index}` }, base);
      if (!registered.ok) throw new Error(JSON.stringify(registered.failure));
      const { deviceName, generation } = registered.value.device;
      const expiresAtMs = Date.now() + TOKEN_LIFE_MS;
      return {
        productKey,
        deviceName,
        token: issueToken({ productKey, deviceName, generation, expiresAtMs }, base.tokenKeys),
      };
    }),
  );
  await base.bus.close();
  await base.store.close();
  return senders;
}

export function numberedPost(sender: Sender | undefined, number: number): Buffer {
  if (!sender) throw new Error('no sender');
  const { productKey, deviceName, token } = sender;
  const params = numberedParams(number);
  const body = JSON.stringify({
    id: String(number),
    version: '1.0',
    params,
    method: 'thing.event.property.post',
  });
  const headers = [`password: ${token}`, 'Content-Type: application/octet-stream'];
  return post(`/topic/sys/${productKey}/${deviceName}/thing/event/property/post`, headers, body);
}
