import { randomUUID } from 'node:crypto';
import { openFunctionStore } from '#store';
import { httpFunction } from '../../shared/runtime/http-function.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { openParts } from '../../shared/runtime/open-parts.ts';
import { createHandler } from './handler.ts';

/** `GET|POST /`, the management API. Opens nothing before the first call. */
export const handler = httpFunction(
  () => {
    const parts = openParts(openFunctionStore);
    return createHandler({
      registry: parts,
      log: parts.log,
      newRequestId: () => randomUUID().toUpperCase(),
    });
  },
  createLog({ level: 'error' }),
);
