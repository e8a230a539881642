import type { FunctionTarget } from '../../model/forwarding.ts';
import { withDeadline } from '../../ports/call-deadline.ts';
import type { TargetCaller } from '../../ports/function-target.ts';
import type { LambdaAccess, LambdaCaller } from './lambda-client.ts';

type LambdaTarget = Extract<FunctionTarget, { kind: 'lambda' }>;

/** Functions of AWS Lambda, with the credentials that the AWS SDK finds. Loads the SDK at the first call. */
export function createLambdaTarget(access: LambdaAccess): TargetCaller<LambdaTarget> {
  let opened: Promise<LambdaCaller> | undefined;
  const open = async (): Promise<LambdaCaller> => {
    const { createLambdaClient } = await import('./lambda-client.ts');
    return createLambdaClient(access);
  };
  return {
    invoke: async (target, { event }) => {
      opened ??= open();
      try {
        const client = await opened;
        return await withDeadline(client.invoke(target, event), access.timeoutMs);
      } catch (error) {
        return { kind: 'failed', reason: String(error) };
      }
    },
    close: async () => (await opened)?.destroy(),
  };
}
