import type { FunctionTarget } from '../../model/forwarding.ts';
import { withDeadline } from '../../ports/call-deadline.ts';
import type { TargetCaller } from '../../ports/function-target.ts';
import { clientByKey, type FcAccess } from './fc-access.ts';

type Fc3Target = Extract<FunctionTarget, { kind: 'fc3' }>;

/** Functions of Function Compute 3. Loads the SDK at the first call. */
export function createFc3Target(access: FcAccess): TargetCaller<Fc3Target> {
  const clientOf = clientByKey(access.credentials, async (credentials) => {
    const { createFc3Client } = await import('./fc3-client.ts');
    return createFc3Client(access, credentials);
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
