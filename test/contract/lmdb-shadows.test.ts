import { expect, onTestFinished, test } from 'vitest';
import { createLmdbStore } from '../../shared/adapters/lmdb/lmdb-store.ts';
import { createOwnShadows } from '../../shared/core/shadow/own-shadows.ts';
import { SHADOW_DEVICE } from '../support/shadow-messages.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startChild } from './children/child.ts';

const TEST_MS = 60_000;

function openStore(path: string) {
  const store = createLmdbStore({ path, nowMs: Date.now });
  onTestFinished(() => store.close());
  return store;
}

test('a shadow that two processes write at once has what both wrote', {
  timeout: TEST_MS,
}, async () => {
  const path = tempFolder();
  const writers = ['x', 'y'].map((name) => startChild('shadow-writer.ts', path, name, '50'));
  expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0]);
  const found = await openStore(path).table('shadows').read({ partition: 'iot-1' });
  const keys = ['x', 'y'].flatMap((name) => Array.from({ length: 50 }, (_, n) => `${name}${n}`));
  expect(Object.keys(found?.value.desired ?? {}).sort()).toEqual(keys.sort());
  expect(Object.keys(found?.value.desiredMetadata ?? {})).toHaveLength(100);
});

test('a key called __proto__ comes back from the disk, and is merged', async () => {
  const path = tempFolder();
  const shadows = createOwnShadows({ store: openStore(path) });
  for (const [version, text] of ['{"__proto__":{"a":1}}', '{"__proto__":{"b":2}}'].entries()) {
    const reported = { kind: 'merge', values: JSON.parse(text) } as const;
    const change = { kind: 'change', from: 'device', version, atMs: 0, reported } as const;
    expect(await shadows.perform(SHADOW_DEVICE, [change])).toMatchObject([{ ok: true }]);
  }
  const [state] = await shadows.perform(SHADOW_DEVICE, [{ kind: 'get' }]);
  const document = state?.ok ? state.value.document : undefined;
  expect(JSON.stringify(document?.reported)).toBe('{"__proto__":{"a":1,"b":2}}');
  expect(JSON.stringify(document?.reportedMetadata)).toBe(
    '{"__proto__":{"a":{"timestamp":0},"b":{"timestamp":0},"timestamp":0}}',
  );
});
