import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryStore } from '../../shared/adapters/memory/memory-store.ts';
import { createOwnShadows } from '../../shared/core/shadow/own-shadows.ts';
import type { ShadowChange, Shadows } from '../../shared/ports/shadows.ts';
import type { Store } from '../../shared/ports/table.ts';
import { interceptStore } from '../support/intercepted-store.ts';
import { longRun } from '../support/long.ts';
import { SHADOW_DEVICE } from '../support/shadow-messages.ts';

const RUNS = { numRuns: longRun ? 2000 : 200 };

const key = fc.constantFrom('a', 'b', 'c', '__proto__');
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('null', 'x', 1, true, null),
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map(objectOf),
})).object as fc.Arbitrary<Record<string, unknown>>;

/** As JSON.parse makes them: `__proto__` is a member. */
function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, member] of entries) {
    const attributes = { value: member, enumerable: true, writable: true, configurable: true };
    Object.defineProperty(object, name, attributes);
  }
  return object;
}

const section = fc.oneof(
  { weight: 6, arbitrary: value.map((values) => ({ kind: 'merge' as const, values })) },
  { weight: 1, arbitrary: value.map((values) => ({ kind: 'replace' as const, values })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
);

const change: fc.Arbitrary<ShadowChange> = fc
  .record({
    from: fc.constantFrom('device' as const, 'api' as const),
    version: fc.integer({ min: 1, max: 12 }),
    reported: section,
    desired: section,
  })
  .map((made) => ({ kind: 'change', atMs: 0, ...made }));

const writers = fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), {
  minLength: 2,
  maxLength: 4,
});

const openStore = (): Store => createMemoryStore({ nowMs: () => 0 });

async function shadowIn(store: Store): Promise<unknown> {
  const found = await store.table('shadows').read({ partition: SHADOW_DEVICE.iotId });
  return found && JSON.stringify(found.value);
}

/** Carries out each writer's changes one after another, beside those of the others. */
async function race(
  plan: readonly (readonly ShadowChange[])[],
  open: (writer: number) => Shadows,
): Promise<readonly ShadowChange[]> {
  const taken: ShadowChange[] = [];
  const write = async (changes: readonly ShadowChange[], shadows: Shadows) => {
    for (const one of changes) {
      const [state] = await shadows.perform(SHADOW_DEVICE, [one]);
      if (state?.ok) taken.push(one);
    }
  };
  await Promise.all(plan.map((changes, writer) => write(changes, open(writer))));
  return taken;
}

test('changes that race end as those of them that were taken, in the order of their versions', async () => {
  await fc.assert(
    fc.asyncProperty(writers, fc.scheduler(), async (plan, scheduler) => {
      const store = openStore();
      const slow = interceptStore(store, () => scheduler.schedule(Promise.resolve()));
      const racing = race(plan, () => createOwnShadows({ store: slow }));
      await scheduler.waitFor(racing);
      const taken = [...(await racing)].sort((one, other) => one.version - other.version);
      expect(new Set(taken.map(({ version }) => version)).size).toBe(taken.length);
      const inOrder = openStore();
      for (const one of taken) {
        const states = await createOwnShadows({ store: inOrder }).perform(SHADOW_DEVICE, [one]);
        expect(states).toMatchObject([{ ok: true }]);
      }
      expect(await shadowIn(store)).toBe(await shadowIn(inOrder));
    }),
    RUNS,
  );
});

test('of changes that race without versions and set different keys, none is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.scheduler(),
      async (crowd, each, scheduler) => {
        const store = openStore();
        const slow = interceptStore(store, () => scheduler.schedule(Promise.resolve()));
        const plan = Array.from({ length: crowd }, (_, writer) =>
          Array.from({ length: each }, (_, n) => setting(`w${writer}n${n}`)),
        );
        const racing = race(plan, () => createOwnShadows({ store: slow }));
        await scheduler.waitFor(racing);
        const found = await store.table('shadows').read({ partition: SHADOW_DEVICE.iotId });
        const keys = plan.flat().map(({ desired }) => Object.keys(valuesOf(desired))[0]);
        expect(Object.keys(found?.value.desired ?? {}).sort()).toEqual(keys.sort());
      },
    ),
    RUNS,
  );
});

test('a batch leaves what its changes leave one by one, also where it comes twice', async () => {
  const batch = fc
    .array(change, { maxLength: 6 })
    .map((changes) =>
      changes.map((one, n): ShadowChange => ({ ...one, from: 'device', messageId: `${n}` })),
    );
  await fc.assert(
    fc.asyncProperty(batch, async (changes) => {
      const [together, apart] = [openStore(), openStore()];
      const shadows = createOwnShadows({ store: together });
      const first = await shadows.perform(SHADOW_DEVICE, changes);
      const once = await shadowIn(together);
      const second = await shadows.perform(SHADOW_DEVICE, changes);
      expect(await shadowIn(together)).toBe(once);
      expect(second.map(({ ok }) => ok)).toEqual(first.map(({ ok }) => ok));
      for (const one of changes)
        await createOwnShadows({ store: apart }).perform(SHADOW_DEVICE, [one]);
      expect(await shadowIn(apart)).toBe(once);
    }),
    RUNS,
  );
});

function setting(name: string): ShadowChange {
  const desired = { kind: 'merge' as const, values: { [name]: 1 } };
  return { kind: 'change', from: 'api', version: 0, atMs: 0, desired };
}

const valuesOf = (section: ShadowChange['desired']): object =>
  section && section.kind !== 'clear' ? section.values : {};
