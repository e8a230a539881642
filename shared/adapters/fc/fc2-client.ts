import Client from '@alicloud/fc2';
import type { Credentials } from '../../ports/credentials.ts';
import type { CallOutcome } from '../../ports/function-target.ts';
import type { FcAccess } from './fc-access.ts';
import { outcomeOfAnswer, outcomeOfFault } from './fc-outcome.ts';

type Fc2Function = { serviceName: string; functionName: string; qualifier: string | null };

export type Fc2Client = (target: Fc2Function, event: Uint8Array) => Promise<CallOutcome>;

/** The only module that has the SDK in it. */
export function createFc2Client(
  { accountId, region, endpoint, timeoutMs }: Omit<FcAccess, 'credentials'>,
  { accessKeyId, accessKeySecret, securityToken }: Credentials,
): Fc2Client {
  const client = new Client(accountId, {
    accessKeyID: accessKeyId,
    accessKeySecret,
    ...(securityToken !== undefined && { securityToken }),
    region,
    secure: true,
    timeout: timeoutMs,
    ...(endpoint !== undefined && { endpoint }),
  });
  return async ({ serviceName, functionName, qualifier }, event) => {
    const bytes = Buffer.from(event.buffer, event.byteOffset, event.byteLength);
    try {
      const { headers, data } = await client.invokeFunction(
        serviceName,
        functionName,
        bytes,
        {},
        qualifier ?? undefined,
      );
      const text = typeof data === 'string' ? data : JSON.stringify(data);
      return outcomeOfAnswer({ headers, text });
    } catch (error) {
      return outcomeOfFault(faultOf(error));
    }
  };
}

/** The SDK keeps the status in its message alone: `POST /services/… failed with 429. requestid: …`. */
function faultOf(error: unknown) {
  const { message = '', code = '' }: { message?: unknown; code?: unknown } = Object(error);
  const [, status] = / failed with (\d{3})\. /.exec(String(message)) ?? [];
  return {
    status: status === undefined ? undefined : Number(status),
    code: String(code),
    message: String(message),
  };
}
