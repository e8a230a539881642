import { randomInt } from 'node:crypto';
import { openFunctionBus } from '#bus';
import { openFunctionStore } from '#store';
import { createMessageIdSource } from '../../shared/core/message-id/message-id-source.ts';
import { createSharedConnectRate } from '../../shared/core/mqtt/connect-rate.ts';
import { httpFunction } from '../../shared/runtime/http-function.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { openBus } from '../../shared/runtime/open-bus.ts';
import { openParts } from '../../shared/runtime/open-parts.ts';
import { createHandler } from './handler.ts';

/** `POST /mqtt/auth` and `POST /mqtt/acl`. Opens nothing before the first call. */
export const handler = httpFunction(
  () => {
    const parts = openParts(openFunctionStore);
    const { store, nowMs, config } = parts;
    const limitPerMinute = config.mqtt.connectsPerMinute;
    const rate = createSharedConnectRate({ seen: store.table('seen'), nowMs, limitPerMinute });
    const randomInteger = (below: number) => randomInt(below);
    return createHandler({
      ...parts,
      rate,
      bus: openBus(openFunctionBus, parts),
      newMessageId: createMessageIdSource({ seen: store.table('seen'), nowMs, randomInteger }),
      hookToken: config.brokers.hookToken,
    });
  },
  createLog({ level: 'error' }),
);
