import type { FunctionTarget } from '../../model/forwarding.ts';
import { withDeadline } from '../../ports/call-deadline.ts';
import type { TargetCaller } from '../../ports/function-target.ts';
import { clientByKey, type FcAccess } from './fc-access.ts';

type Fc2Target = Extract<FunctionTarget, { kind: 'fc2' }>;

/** Functions of Function Compute 2, which are in services. Loads the SDK at the first call. */
export function createFc2Target(access: FcAccess): TargetCaller<Fc2Target> {
  const clientOf = clientByKey(access.credentials, async (credentials) => {
    const { createFc2Client } = await import('./fc2-client.ts');
    return createFc2Client(access, credentials);
  });
  return {
    invoke: async (target, { event }) => {
      try {
        const client = await clientOf();
        return await withDeadline(client(target, event), access.timeoutMs);
      } catch (error) {
        return { kind: 'failed', reason: String(error) };
      }
    },
    close: async () => undefined,
  };
}
