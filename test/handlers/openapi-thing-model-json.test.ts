import { beforeEach, expect, test } from 'vitest';
import { importThingModel } from '../../shared/core/thing-models/import-thing-model.ts';
import { openTestApi, type TestApi } from '../support/openapi.ts';
import { accepted, createTestProduct, THING_MODEL } from '../support/test-device.ts';

let api: TestApi;
let productKey: string;

beforeEach(async () => {
  api = await openTestApi();
  ({ productKey } = await createTestProduct(api.registry));
});

async function importModule(): Promise<void> {
  const tslText = JSON.stringify(THING_MODEL);
  const functionBlockId = 'Battery';
  accepted(await importThingModel({ productKey, functionBlockId, tslText }, api.registry));
}

test('QueryThingModel shows the default module and which others there are', async () => {
  await importModule();
  const { body } = await api.call('QueryThingModel', { ProductKey: productKey });
  expect(body).toMatchObject({ Success: true, ProductKey: productKey });
  expect(modelIn(body)).toMatchObject({
    functionBlocks: [{ functionBlockId: 'Battery', functionBlockName: 'Battery', productKey }],
    properties: [{ identifier: 'temperature' }, { identifier: 'LightSwitch' }],
  });
});

test('QueryThingModelPublished shows a module by its id, and refuses one that is not there', async () => {
  await importModule();
  const asked = { ProductKey: productKey, FunctionBlockId: 'Battery' };
  const { body } = await api.call('QueryThingModelPublished', asked);
  expect(modelIn(body)).toMatchObject({ identifier: 'Battery', name: 'Battery' });
  const absent = await api.call('QueryThingModel', { ...asked, FunctionBlockId: 'Lamp' });
  expect(absent.body).toMatchObject({ Success: false, Code: 'iot.system.IllegalRequest' });
});

test('a product without a thing model has an empty one', async () => {
  await api.registry.store.table('thing_models').remove({ partition: productKey, sort: 'default' });
  const { body } = await api.call('QueryThingModel', { ProductKey: productKey });
  expect(modelIn(body)).toEqual({ productKey, properties: [], events: [], services: [] });
});

test('GetThingModelTslPublished shows what GetThingModelTsl shows', async () => {
  const published = await api.call('GetThingModelTslPublished', { ProductKey: productKey });
  const draft = await api.call('GetThingModelTsl', { ProductKey: productKey });
  expect(published.body['Data']).toEqual(draft.body['Data']);
});

function modelIn(body: Record<string, unknown>): unknown {
  const data = body['Data'];
  const text: unknown =
    typeof data === 'object' && data !== null ? Reflect.get(data, 'ThingModelJson') : undefined;
  return JSON.parse(String(text));
}
