import { expect, test } from 'vitest';
import { createAliyunAccount } from '../../../../../shared/adapters/aliyun/account.ts';
import { ok, type Result, refuse } from '../../../../../shared/model/failure.ts';

type Sent = Readonly<Record<string, unknown>>;
type Reply = Result<Sent>;

function accountThat(answer: (action: string, sent: Sent) => Reply) {
  const calls: [string, Sent][] = [];
  const account = createAliyunAccount({
    call: async (action, sent) => {
      calls.push([action, sent]);
      return answer(action, sent);
    },
  });
  return { account, calls };
}

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

const devices = (count: number) => Array.from({ length: count }, () => ({ DeviceName: 'tank' }));
const denied = refuse({ kind: 'identity-source-refused', code: 'Forbidden.RAM', message: 'no' });

test('devices are listed page by page, each with the token of the page before', async () => {
  const { account, calls } = accountThat((_, { CurrentPage }) =>
    ok({
      Data: { DeviceInfo: devices(CurrentPage === 3 ? 7 : 50) },
      Total: 107,
      NextToken: `token-${CurrentPage}`,
    }),
  );
  const pages = await collect(account.devicePages('a1TestProd01'));
  expect(pages.map((page) => page.ok && page.value.devices.length)).toEqual([50, 50, 7]);
  const sent = { ProductKey: 'a1TestProd01', PageSize: 50 };
  expect(calls).toEqual([
    ['QueryDevice', { ...sent, CurrentPage: 1 }],
    ['QueryDevice', { ...sent, CurrentPage: 2, NextToken: 'token-1' }],
    ['QueryDevice', { ...sent, CurrentPage: 3, NextToken: 'token-2' }],
  ]);
});

test('a listing ends with its last full page where the account gives no token', async () => {
  const { account, calls } = accountThat(() =>
    ok({ Data: { DeviceInfo: devices(50) }, Total: 100 }),
  );
  await collect(account.devicePages('a1TestProd01'));
  expect(calls).toHaveLength(2);
});

test('a listing goes on where an earlier one stood, and ends with a refusal', async () => {
  const { account, calls } = accountThat(() => denied);
  const pages = await collect(account.devicePages('a1TestProd01', { page: 9, nextToken: 'old' }));
  expect(pages).toEqual([denied]);
  expect(calls[0]?.[1]).toMatchObject({ CurrentPage: 9, NextToken: 'old' });
});

test('the published thing model is taken, and the draft where there is none', async () => {
  const { account, calls } = accountThat((action) =>
    action === 'GetThingModelTsl' ? ok({ Data: { TslStr: '{}' } }) : denied,
  );
  expect(await account.thingModel('a1TestProd01', 'Battery')).toEqual(ok('{}'));
  expect(calls.map(([action]) => action)).toEqual([
    'GetThingModelTslPublished',
    'GetThingModelTsl',
  ]);
  expect(calls[0]?.[1]).toEqual({ ProductKey: 'a1TestProd01', FunctionBlockId: 'Battery' });
});

test('a limit on calls is not taken for an unpublished thing model', async () => {
  const throttled = refuse({ kind: 'identity-source-throttled', attempts: 6 });
  const { account, calls } = accountThat(() => throttled);
  expect(await account.modules('a1TestProd01')).toEqual(throttled);
  expect(calls).toHaveLength(1);
});

test('the modules are those that the thing model of the product lists', async () => {
  const block = { functionBlockId: 'Battery', functionBlockName: '电池' };
  const answers = [JSON.stringify({ functionBlocks: [block] }), '{"properties":[]}', 'no JSON'];
  const { account } = accountThat(() => ok({ Data: { ThingModelJson: answers.shift() } }));
  expect(await account.modules('a1TestProd01')).toEqual(ok([block]));
  expect(await account.modules('a1TestProd01')).toEqual(ok([]));
  expect(await account.modules('a1TestProd01')).toEqual(ok([]));
});

test('every page of products is asked for', async () => {
  const { account, calls } = accountThat((_, { CurrentPage }) =>
    ok({ Data: { List: { ProductInfo: [{ ProductKey: `a1${CurrentPage}` }] }, PageCount: 2 } }),
  );
  expect(await collect(account.productPages())).toEqual([
    ok([{ ProductKey: 'a11' }]),
    ok([{ ProductKey: 'a12' }]),
  ]);
  expect(calls).toHaveLength(2);
});

test('what belongs to a device is asked for with the members of each action', async () => {
  const replies = new Map<string, object>([
    ['QueryDeviceDesiredProperty', { Data: { List: { DesiredPropertyInfo: [{ Version: 1 }] } } }],
    ['GetDeviceShadow', { ShadowMessage: '{"version":1}' }],
    ['QueryDeviceProp', { Props: '{"Room":"B12"}' }],
    ['QueryProductTopic', { Data: { ProductTopicInfo: [{ Id: '1' }] } }],
  ]);
  const { account, calls } = accountThat((action) => ok({ ...replies.get(action) }));
  expect(await account.desired('iotId-1', 'Battery')).toEqual(ok([{ Version: 1 }]));
  expect(await account.shadow('a1TestProd01', 'tank-1')).toEqual(ok('{"version":1}'));
  expect(await account.tags('iotId-1')).toEqual(ok('{"Room":"B12"}'));
  expect(await account.topicClasses('a1TestProd01')).toEqual(ok([{ Id: '1' }]));
  expect(calls.map(([, parameters]) => parameters)).toEqual([
    { IotId: 'iotId-1', FunctionBlockId: 'Battery' },
    { ProductKey: 'a1TestProd01', DeviceName: 'tank-1' },
    { IotId: 'iotId-1' },
    { ProductKey: 'a1TestProd01' },
  ]);
});
