import { openFunctionStore } from '#store';
import { busFunction } from '../../shared/runtime/bus-function.ts';
import { openDownlink } from '../../shared/runtime/open-downlink.ts';
import { openParts } from '../../shared/runtime/open-parts.ts';
import { openShadows } from '../../shared/runtime/open-shadows.ts';
import { createHandler } from './handler.ts';

/** Consumes the bus, a batch a call. Opens nothing before the first call. */
export const handler = busFunction(() => {
  const opened = openParts(openFunctionStore);
  const { nowMs, log } = opened;
  return createHandler({
    shadows: openShadows(opened),
    downlink: openDownlink(opened),
    nowMs,
    log,
  });
});
