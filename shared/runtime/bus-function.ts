import type { BatchHandler } from '../ports/message-bus.ts';
import { decodeBusEvent, encodeBatchAnswer } from './bus-event.ts';
import { type CloudHandler, parseEvent } from './http-function.ts';
import { once } from './once.ts';
import { noteRoleCredentials } from './role-credentials.ts';

/**
 * Turns a batch handler into a cloud function for bus events. A fault rejects, which has the whole
 * batch delivered again; `open` runs at the first call.
 */
export function busFunction(open: () => BatchHandler | Promise<BatchHandler>): CloudHandler {
  const opened = once(open);
  return async (event, context) => {
    noteRoleCredentials(context);
    const batch = decodeBusEvent(parseEvent(event));
    const handle = await opened();
    return encodeBatchAnswer(await handle(batch));
  };
}
