import { randomInt } from 'node:crypto';
import { openFunctionBus } from '#bus';
import { openFunctionStore } from '#store';
import { createStoredAnswers } from '../../shared/core/answers/stored-answers.ts';
import { createDeviceDirectory } from '../../shared/core/devices/device-directory.ts';
import { createMessageIdSource } from '../../shared/core/message-id/message-id-source.ts';
import { createProductDirectory } from '../../shared/core/products/product-directory.ts';
import { createMessageRate, MESSAGES_PER_SECOND } from '../../shared/core/rate/message-rate.ts';
import { createTokenVerifier } from '../../shared/core/token/token-verifier.ts';
import { httpFunction } from '../../shared/runtime/http-function.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { openBus } from '../../shared/runtime/open-bus.ts';
import { openParts } from '../../shared/runtime/open-parts.ts';
import { waitMs } from '../../shared/runtime/wait.ts';
import { createHandler } from './handler.ts';

/** `POST /topic/*`. Opens nothing before the first call. */
export const handler = httpFunction(
  () => {
    const parts = openParts(openFunctionStore);
    const { store, sealing, tokenKeys, nowMs, log } = parts;
    return createHandler({
      store,
      sealing,
      answers: createStoredAnswers({ answers: store.table('answers'), nowMs, waitMs }),
      directory: createDeviceDirectory(parts),
      products: createProductDirectory({ store, nowMs }),
      verifyToken: createTokenVerifier(tokenKeys),
      bus: openBus(openFunctionBus, parts),
      newMessageId: createMessageIdSource({
        seen: store.table('seen'),
        nowMs,
        randomInteger: (below) => randomInt(below),
      }),
      rate: createMessageRate({ limitPerSecond: MESSAGES_PER_SECOND, nowMs }),
      nowMs,
      log,
    });
  },
  createLog({ level: 'error' }),
);
