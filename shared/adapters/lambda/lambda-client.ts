import { InvokeCommand, LambdaClient, LambdaServiceException } from '@aws-sdk/client-lambda';
import { type CallOutcome, outcomeOfStatus } from '../../ports/function-target.ts';

type LambdaFunction = { functionName: string; qualifier: string | null };

export type LambdaAccess = {
  /** Default: the region's. */
  endpoint?: string;
  /** Default: what the SDK finds in environment and profile. */
  region?: string;
  /** Of one call. */
  timeoutMs: number;
};

export type LambdaCaller = {
  invoke(target: LambdaFunction, event: Uint8Array): Promise<CallOutcome>;
  destroy(): void;
};

/** Local servers take any region, and the SDK asks for one. */
const REGION_OF_ENDPOINT = 'us-east-1';
const CONNECTION_TIMEOUT_MS = 3000;
const LONGEST_REASON = 300;

/** The only module that has the SDK in it. Retries are the forwarder's. */
export function createLambdaClient({ endpoint, region, timeoutMs }: LambdaAccess): LambdaCaller {
  const givenRegion = region ?? (endpoint === undefined ? undefined : REGION_OF_ENDPOINT);
  const sdk = new LambdaClient({
    ...(endpoint !== undefined && { endpoint }),
    ...(givenRegion !== undefined && { region: givenRegion }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
      httpsAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
    },
  });
  return {
    invoke: async ({ functionName, qualifier }, event) => {
      try {
        const { FunctionError, Payload } = await sdk.send(
          new InvokeCommand({
            FunctionName: functionName,
            ...(qualifier !== null && { Qualifier: qualifier }),
            Payload: event,
          }),
        );
        const answer = Payload ? Buffer.from(Payload).toString() : '';
        if (FunctionError === undefined) return { kind: 'succeeded', answer };
        return { kind: 'failed', reason: `${FunctionError}: ${answer.slice(0, LONGEST_REASON)}` };
      } catch (error) {
        return outcomeOfError(error);
      }
    },
    destroy: () => sdk.destroy(),
  };
}

function outcomeOfError(error: unknown): CallOutcome {
  const reason = String(error).slice(0, LONGEST_REASON);
  const status =
    error instanceof LambdaServiceException ? error.$metadata.httpStatusCode : undefined;
  return status === undefined ? { kind: 'failed', reason } : outcomeOfStatus(status, reason);
}
