import { openFunctionStore } from '#store';
import type { Config } from '../../shared/runtime/config.ts';
import { httpFunction } from '../../shared/runtime/http-function.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { openParts } from '../../shared/runtime/open-parts.ts';
import { createHandler } from './handler.ts';

/** `POST /auth/devicename`. Opens nothing before the first call. */
export const handler = httpFunction(
  () => {
    const { store, sealing, tokenKeys, nowMs, log, config } = openParts(openFunctionStore);
    const mqttAddress = mqttAddressOf(config);
    return createHandler({ store, sealing, tokenKeys, nowMs, log, mqttAddress });
  },
  createLog({ level: 'error' }),
);

/** A broker beside the functions answers under their name. */
function mqttAddressOf({ publicUrl, mqtt: { host, port } }: Config) {
  return { host: publicUrl === undefined ? host : new URL(publicUrl).hostname, port };
}
