import type { Registry } from '../../shared/core/devices/registry.ts';
import { type Result, refuse } from '../../shared/model/failure.ts';
import type { Handler } from '../../shared/model/http.ts';
import type { Log } from '../../shared/ports/log.ts';
import { findAction } from './actions.ts';
import { authenticate } from './authenticate.ts';
import { errorReply, type Members, successReply } from './envelope.ts';
import { apiErrorOf } from './error-codes.ts';
import { createParameters } from './parameters.ts';
import { type Call, readCall } from './read-call.ts';

export type OpenApiParts = {
  registry: Registry;
  log: Log;
  /** A UUID in upper case; new for every call, also for one that comes again. */
  newRequestId: () => string;
};

/** The management API, `/?Action=…`, product Iot of version 2018-01-20 (protocol.md 7). */
export function createHandler({ registry, log, newRequestId }: OpenApiParts): Handler {
  return async (request) => {
    const requestId = newRequestId();
    const host = request.headers['host'] ?? '';
    const call = readCall(request);
    const fields = { requestId, sourceIp: request.sourceIp, ...nameCall(call) };
    try {
      const done = call.ok ? await perform(call.value, registry) : call;
      if (done.ok) {
        log.info(fields, 'openapi call');
        return successReply(requestId, done.value);
      }
      log.warn({ ...fields, refused: done.failure }, 'openapi call refused');
      return errorReply(requestId, host, apiErrorOf(done.failure));
    } catch (error) {
      log.error({ ...fields, err: error }, 'openapi call failed');
      return errorReply(requestId, host, FAULT);
    }
  };
}

const FAULT = { status: 500, code: 'InternalError', message: 'The request failed, see the log.' };

async function perform(call: Call, registry: Registry): Promise<Result<Members>> {
  const authentic = await authenticate(call, registry);
  if (!authentic.ok) return authentic;
  const action = findAction(call.action);
  if (!action) return refuse({ kind: 'unknown-action', action: call.action });
  return action(createParameters(call.parameters), registry);
}

function nameCall(call: ReturnType<typeof readCall>): { action?: string; accessKeyId?: string } {
  if (!call.ok) return {};
  const { action, accessKeyId } = call.value;
  return { action, accessKeyId };
}
