import { openFunctionStore } from '#store';
import { createDeviceDirectory } from '../../shared/core/devices/device-directory.ts';
import { httpFunction } from '../../shared/runtime/http-function.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { openParts } from '../../shared/runtime/open-parts.ts';
import { createHandler } from './handler.ts';

/** `POST /auth`. Opens nothing before the first call. */
export const handler = httpFunction(
  () => {
    const parts = openParts(openFunctionStore);
    const { store, tokenKeys, nowMs, log } = parts;
    const directory = createDeviceDirectory(parts);
    return createHandler({ directory, store, tokenKeys, nowMs, log });
  },
  createLog({ level: 'error' }),
);
