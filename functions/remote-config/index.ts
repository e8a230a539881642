import { openFunctionStore } from '#store';
import { httpFunction } from '../../shared/runtime/http-function.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { openParts } from '../../shared/runtime/open-parts.ts';
import { createHandler } from './handler.ts';

/** `GET /config/<configId>`. Opens nothing before the first call. */
export const handler = httpFunction(
  () => {
    const { store, log } = openParts(openFunctionStore);
    return createHandler({ store, log });
  },
  createLog({ level: 'error' }),
);
