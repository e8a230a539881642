import { expect, test } from 'vitest';
import { ensureDemo } from '../../../../infra/local/demo.ts';
import { findSubscription } from '../../../../shared/core/subscriptions/subscriptions.ts';
import { createMemoryParts } from '../../../support/memory-parts.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { accepted } from '../../../support/test-device.ts';

test('the demo product is subscribed to with every flag, so that a consumer works at once', async () => {
  const parts = createMemoryParts();
  const folder = tempFolder();
  const { demo, isNew } = await ensureDemo(folder, parts, { http: 'http://127.0.0.1:1' });
  expect(isNew).toBe(true);
  const { groupIds, flags } = accepted(await findSubscription(demo.productKey, parts.store));
  expect(groupIds).toEqual(['DEFAULT_GROUP']);
  expect(Object.values(flags)).toEqual(Array.from({ length: 10 }, () => true));

  const again = await ensureDemo(folder, parts, { http: 'http://127.0.0.1:2' });
  expect(again).toEqual({
    isNew: false,
    demo: { ...demo, endpoints: { http: 'http://127.0.0.1:2' } },
  });
});
