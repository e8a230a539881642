import type { Reply } from '../model/http.ts';

/**
 * The answer to a fault of ours, for every path: a device finds `code` and `message` (10000, common
 * error), a client of the management API finds `Code` and `Message`. The reason is in the log only.
 */
export function internalErrorReply(requestId: string): Reply {
  return {
    status: 500,
    contentType: 'application/json',
    body: JSON.stringify({
      code: 10_000,
      message: 'common error',
      RequestId: requestId,
      Code: 'InternalError',
      Message: 'The request failed, see the log.',
    }),
    outcome: 'fault',
  };
}
