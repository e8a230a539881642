import { beforeEach, describe, expect, test } from 'vitest';
import { openTestApi, type Params, type TestApi } from '../support/openapi.ts';

let api: TestApi;
let ProductKey: string;

beforeEach(async () => {
  api = await openTestApi();
  const { body } = await api.call('CreateProduct', { NodeType: 0, ProductName: 'Test product' });
  ProductKey = String(body['ProductKey']);
});

const create = async (params: Params = {}) => {
  const wanted = { ProductKey, TopicShortName: 'submit', Operation: 'PUB', ...params };
  return (await api.call('CreateProductTopic', wanted)).body;
};

const query = async (): Promise<Record<string, string>[]> => {
  const { body } = await api.call('QueryProductTopic', { ProductKey });
  return Object(body['Data']).ProductTopicInfo;
};

const whole = (name: string) => `/${ProductKey}/\${deviceName}/user/${name}`;

describe('QueryProductTopic', () => {
  test('shows the topics that every product has', async () => {
    const Id = expect.stringMatching(/^\d{1,15}$/);
    const shown = await query();
    expect(shown).toEqual([
      { Desc: '', Id, Operation: '0', ProductKey, TopicShortName: whole('update') },
      { Desc: '', Id, Operation: '0', ProductKey, TopicShortName: whole('update/error') },
      { Desc: '', Id, Operation: '1', ProductKey, TopicShortName: whole('get') },
    ]);
    expect(new Set(shown.map((one) => one['Id'])).size).toBe(3);
  });

  test('shows what was made, with the id that its making answered with', async () => {
    const body = await create({ Operation: 'ALL', Desc: 'meter readings' });
    expect(body).toEqual({
      RequestId: expect.any(String),
      Success: true,
      TopicId: expect.any(Number),
    });
    api.clock.nowMs += 1;
    await create({ TopicShortName: 'a/+/b', Operation: 'SUB' });
    expect((await query()).slice(3)).toEqual([
      {
        Desc: 'meter readings',
        Id: String(body['TopicId']),
        Operation: '2',
        ProductKey,
        TopicShortName: whole('submit'),
      },
      expect.objectContaining({ Operation: '1', TopicShortName: whole('a/+/b') }),
    ]);
  });

  test('refuses a product that is not there', async () => {
    const { body } = await api.call('QueryProductTopic', { ProductKey: 'a1Unknown00' });
    expect(body).toMatchObject({ Code: 'iot.prod.NotExistedProduct' });
  });
});

describe('CreateProductTopic', () => {
  test.each(['submit', 'get'])('refuses a topic that there is already: %s', async (name) => {
    await create();
    expect(await create({ TopicShortName: name })).toMatchObject({
      Success: false,
      Code: 'iot.messagebroker.TopicAlreadyFound',
    });
    expect(await query()).toHaveLength(4);
  });

  test('takes the same name for another product, under another id', async () => {
    const { TopicId } = await create();
    const other = await api.call('CreateProduct', { NodeType: 0, ProductName: 'Another product' });
    const made = await create({ ProductKey: String(other.body['ProductKey']) });
    expect(made).toMatchObject({ Success: true });
    expect(made['TopicId']).not.toBe(TopicId);
  });

  test.each([
    { changed: { TopicShortName: '' }, code: 'iot.messagebroker.NullTopicName' },
    { changed: { TopicShortName: 'a//b' }, code: 'iot.messagebroker.InvalidFormattedTopicName' },
    { changed: { TopicShortName: 'a/+' }, code: 'iot.messagebroker.InvalidFormattedTopicName' },
    { changed: { Operation: '' }, code: 'iot.messagebroker.NullTopicTemplateOperation' },
    {
      changed: { Operation: 'READ' },
      code: 'iot.messagebroker.InvalidTopicTemplateOperationValue',
    },
    { changed: { Desc: 'd'.repeat(101) }, code: 'iot.system.IllegalRequest' },
    { changed: { ProductKey: 'a1Unknown00' }, code: 'iot.prod.NotExistedProduct' },
  ])('refuses $changed: $code', async ({ changed, code }) => {
    expect((await create(changed)).Code).toBe(code);
    expect(await query()).toHaveLength(3);
  });

  test('refuses one more than 50', async () => {
    for (let number = 0; number < 50; number += 1) await create({ TopicShortName: `t${number}` });
    expect(await create()).toMatchObject({ Code: 'iot.messagebroker.TopicTemplateCountExceedMax' });
  });
});
