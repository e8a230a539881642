import { createDeviceStatusReader } from '../../shared/core/openapi/device-statuses.ts';
import { type Result, refuse } from '../../shared/model/failure.ts';
import type { Handler } from '../../shared/model/http.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { ActionParts, CallParts } from './action.ts';
import { findAction } from './actions.ts';
import { authenticate } from './authenticate.ts';
import { errorReply, type Members, successReply } from './envelope.ts';
import { apiErrorOf } from './error-codes.ts';
import { loggedCall, loggedFailure } from './logged-call.ts';
import { createParameters } from './parameters.ts';
import { type Call, readCall } from './read-call.ts';

export type OpenApiParts = {
  parts: ActionParts;
  log: Log;
  /** A UUID in upper case; new for every call, also for one that comes again. */
  newRequestId: () => string;
};

/** The management API, `/?Action=…`, product Iot of version 2018-01-20 (protocol.md 7). */
export function createHandler({ parts, log, newRequestId }: OpenApiParts): Handler {
  const statusesOf = createDeviceStatusReader(parts);
  return async (request) => {
    const requestId = newRequestId();
    const host = request.headers['host'] ?? '';
    const call = readCall(request);
    const fields = { requestId, sourceIp: request.sourceIp, ...loggedCall(call) };
    try {
      const done = call.ok ? await perform(call.value, { ...parts, statusesOf }) : call;
      if (done.ok) {
        log.info(fields, 'openapi call');
        return successReply(requestId, done.value);
      }
      const { failure } = done;
      log.warn({ ...fields, refused: loggedFailure(failure) }, 'openapi call refused');
      return { ...errorReply(requestId, host, apiErrorOf(failure)), outcome: failure.kind };
    } catch (error) {
      log.error({ ...fields, error }, 'openapi call failed');
      return { ...errorReply(requestId, host, FAULT), outcome: 'fault' };
    }
  };
}

const FAULT = { status: 500, code: 'InternalError', message: 'The request failed, see the log.' };

async function perform(call: Call, parts: CallParts): Promise<Result<Members>> {
  const authentic = await authenticate(call, parts);
  if (!authentic.ok) return authentic;
  const action = findAction(call.action);
  if (!action) return refuse({ kind: 'unknown-action', action: call.action });
  return action(createParameters(call.parameters), parts);
}
