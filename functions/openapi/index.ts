import { randomInt, randomUUID } from 'node:crypto';
import { openFunctionBus } from '#bus';
import { openFunctionStore } from '#store';
import { createStoredAnswers } from '../../shared/core/answers/stored-answers.ts';
import { createMessageIdSource } from '../../shared/core/message-id/message-id-source.ts';
import { httpFunction } from '../../shared/runtime/http-function.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { openBus } from '../../shared/runtime/open-bus.ts';
import { openDownlink } from '../../shared/runtime/open-downlink.ts';
import { openParts } from '../../shared/runtime/open-parts.ts';
import { openShadows } from '../../shared/runtime/open-shadows.ts';
import { waitMs } from '../../shared/runtime/wait.ts';
import { createHandler } from './handler.ts';

/** `GET|POST /`, the management API. Opens nothing before the first call. */
export const handler = httpFunction(
  () => {
    const opened = openParts(openFunctionStore);
    const { store, nowMs, log, config } = opened;
    const parts = {
      ...opened,
      ...(config.publicUrl !== undefined && { publicUrl: config.publicUrl }),
      downlink: openDownlink(opened),
      shadows: openShadows(opened),
      answers: createStoredAnswers({ answers: store.table('answers'), nowMs, waitMs }),
      bus: openBus(openFunctionBus, opened),
      newMessageId: createMessageIdSource({
        seen: store.table('seen'),
        nowMs,
        randomInteger: (below) => randomInt(below),
      }),
    };
    return createHandler({ parts, log, newRequestId: () => randomUUID().toUpperCase() });
  },
  createLog({ level: 'error' }),
);
