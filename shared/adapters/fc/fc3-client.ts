import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import fc3, { InvokeFunctionHeaders, InvokeFunctionRequest } from '@alicloud/fc20230330';
import type { Credentials } from '../../ports/credentials.ts';
import type { CallOutcome } from '../../ports/function-target.ts';
import type { FcAccess } from './fc-access.ts';
import { outcomeOfAnswer, outcomeOfFault } from './fc-outcome.ts';

type Fc3Function = { functionName: string; qualifier: string | null };

export type Fc3Client = (target: Fc3Function, event: Uint8Array) => Promise<CallOutcome>;

/** Node gives the whole of a CommonJS module as its default, bundlers what the module calls so. */
const Client: typeof fc3.default = Reflect.get(fc3, 'default') ?? fc3;

/** The only module that has the SDK in it. */
export function createFc3Client(
  access: Omit<FcAccess, 'credentials'>,
  credentials: Credentials,
): Fc3Client {
  const client = new Client(configOf(access, credentials));
  // Both: the SDK's default is 3 s. The second is what ends a call on which nothing moves any more.
  const runtime = { readTimeout: access.timeoutMs, connectTimeout: access.timeoutMs } as Runtime;
  return async ({ functionName, qualifier }, event) => {
    const request = new InvokeFunctionRequest({
      // Of one Buffer: it takes a stream alone, and reads it to sign it.
      body: Readable.from([Buffer.from(event.buffer, event.byteOffset, event.byteLength)]),
      ...(qualifier !== null && { qualifier }),
    });
    try {
      const answer = await client.invokeFunctionWithOptions(
        functionName,
        request,
        new InvokeFunctionHeaders({}),
        runtime,
      );
      const text = answer.body === undefined ? '' : await readText(answer.body);
      return outcomeOfAnswer({ headers: answer.headers ?? {}, text });
    } catch (error) {
      return outcomeOfFault(faultOf(error));
    }
  };
}

type Config = ConstructorParameters<typeof Client>[0];
type Runtime = Parameters<InstanceType<typeof Client>['invokeFunctionWithOptions']>[3];

/** Plain objects in the place of classes of packages that come along with the SDK: it reads their members alone. */
function configOf(
  { accountId, region, endpoint }: Omit<FcAccess, 'credentials'>,
  { accessKeyId, accessKeySecret, securityToken }: Credentials,
): Config {
  const url = new URL(endpoint ?? `https://${accountId}.${region}.fc.aliyuncs.com`);
  const config = {
    accessKeyId,
    accessKeySecret,
    ...(securityToken !== undefined && { securityToken }),
    regionId: region,
    endpoint: url.host,
    protocol: url.protocol === 'http:' ? 'HTTP' : 'HTTPS',
  };
  return config as Config;
}

type SdkError = { statusCode?: unknown; code?: unknown; message?: unknown };

function faultOf(error: unknown) {
  const { statusCode, code = '', message = '' }: SdkError = Object(error);
  return {
    status: typeof statusCode === 'number' ? statusCode : undefined,
    code: String(code),
    message: String(message),
  };
}
