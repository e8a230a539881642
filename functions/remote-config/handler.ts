import { findConfigContent } from '../../shared/core/remote-config/remote-config.ts';
import type { Handler, Reply } from '../../shared/model/http.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Store } from '../../shared/ports/table.ts';

/** `GET /config/<configId>` (protocol.md 4.10): who knows the id, 128 random bits, gets the content. */
export function createHandler({ store, log }: { store: Store; log: Log }): Handler {
  return async ({ method, path, requestId, sourceIp }) => {
    const configId = CONFIG_PATH.exec(path)?.[1];
    if (method !== 'GET' || configId === undefined) return NOT_FOUND;
    try {
      const content = await findConfigContent(configId, store);
      return content === undefined
        ? NOT_FOUND
        : { status: 200, contentType: 'application/json', body: content, outcome: 'success' };
    } catch (error) {
      log.error({ requestId, sourceIp, error }, 'remote configuration failed');
      return FAULT;
    }
  };
}

const CONFIG_PATH = /^\/config\/([0-9a-f]{32})$/;

const NOT_FOUND: Reply = errorReply(404, 'There is no such configuration.', 'unknown-config');
const FAULT: Reply = errorReply(500, 'The request failed, see the log.', 'fault');

function errorReply(status: number, message: string, outcome: string): Reply {
  const body = JSON.stringify({ code: status, message });
  return { status, contentType: 'application/json', body, outcome };
}
