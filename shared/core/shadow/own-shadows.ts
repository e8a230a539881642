import { ok, type Result } from '../../model/failure.ts';
import type { ShadowRecord } from '../../model/tables.ts';
import type { ShadowChange, ShadowRequest, ShadowState, Shadows } from '../../ports/shadows.ts';
import type { Store } from '../../ports/table.ts';
import { applyChange, isApplied, RESET_VERSION } from './apply-change.ts';

/**
 * Shadows of Mooring's own table. However many requests there are, they cost one read and one write,
 * which is conditional: what anybody wrote meanwhile is read, and the requests are judged anew by it.
 */
export function createOwnShadows({ store }: { store: Store }): Shadows {
  const shadows = store.table('shadows');
  return {
    perform: async ({ iotId }, requests) => {
      const key = { partition: iotId };
      for (;;) {
        const found = await shadows.read(key);
        const { shadow, states } = performAll(found?.value, requests);
        if (shadow === undefined || shadow === found?.value) return states;
        const written = found
          ? await shadows.replace(key, shadow, found.version)
          : await shadows.insert(key, shadow);
        if (written) return states;
      }
    },
  };
}

type Performed = { shadow: ShadowRecord | undefined; states: readonly Result<ShadowState>[] };

function performAll(
  stored: ShadowRecord | undefined,
  requests: readonly ShadowRequest[],
): Performed {
  let shadow = stored;
  const states = requests.map((request): Result<ShadowState> => {
    if (request.kind === 'get') return ok({ version: shadow?.version ?? 0, document: shadow });
    if (isApplied(shadow, request)) return ok({ version: versionOf(request), document: shadow });
    const changed = applyChange(shadow, request);
    if (!changed.ok) return changed;
    shadow = changed.value;
    return ok({ version: shadow.version, document: shadow });
  });
  return { shadow, states };
}

/** Which it was answered with the first time; only a device's changes are remembered. */
function versionOf({ version }: ShadowChange): number {
  return version === RESET_VERSION ? 0 : version;
}
