import { openFunctionStore } from '#store';
import { busFunction } from '../../shared/runtime/bus-function.ts';
import { openParts } from '../../shared/runtime/open-parts.ts';
import { createHandler } from './handler.ts';

/** Consumes the bus, a batch a call. Opens nothing before the first call. */
export const handler = busFunction(() => {
  const { store, nowMs, log } = openParts(openFunctionStore);
  return createHandler({ store, nowMs, log });
});
