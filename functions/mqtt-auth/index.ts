import { openFunctionStore } from '#store';
import { createSharedConnectRate } from '../../shared/core/mqtt/connect-rate.ts';
import { httpFunction } from '../../shared/runtime/http-function.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { openParts } from '../../shared/runtime/open-parts.ts';
import { createHandler } from './handler.ts';

/** `POST /mqtt/auth` and `POST /mqtt/acl`. Opens nothing before the first call. */
export const handler = httpFunction(
  () => {
    const parts = openParts(openFunctionStore);
    const { store, sealing, tokenKeys, nowMs, randomBytes, log, config } = parts;
    const limitPerMinute = config.mqtt.connectsPerMinute;
    const rate = createSharedConnectRate({ seen: store.table('seen'), nowMs, limitPerMinute });
    const { hookToken } = config.brokers;
    return createHandler({ store, sealing, tokenKeys, nowMs, randomBytes, log, rate, hookToken });
  },
  createLog({ level: 'error' }),
);
