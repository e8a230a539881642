import { ok, type Result } from '../../model/failure.ts';
import type { Account, AccountEntry, DevicePage, DevicePosition } from '../../ports/account.ts';
import type { PopClient } from './pop-client.ts';
import type { PopParameters } from './pop-core.ts';
import type { Members } from './pop-outcome.ts';
import { entriesAt, entryAt, numberAt, textAt } from './reply-values.ts';

/** What the list actions give at once (protocol.md 7.2). */
const PAGE_SIZE = 50;

/** QueryDevice shows no more of a product (protocol.md 7.4). */
const MOST_LISTED = 1_000_000;

/** An account of Alibaba Cloud, or a Mooring, through its management API. */
export function createAliyunAccount(client: PopClient): Account {
  const ask = async <T>(action: string, parameters: PopParameters, read: (reply: Members) => T) => {
    const reply = await client.call(action, parameters);
    return reply.ok ? ok(read(reply.value)) : reply;
  };
  return {
    productPages: () => productPages(client),
    product: (ProductKey) =>
      ask('QueryProduct', { ProductKey }, (reply) => entryAt(reply, ['Data'])),
    modules: async (ProductKey) => {
      const reply = await callPublished(client, 'QueryThingModel', { ProductKey });
      return reply.ok ? ok(modulesIn(textAt(reply.value, ['Data', 'ThingModelJson']))) : reply;
    },
    thingModel: async (ProductKey, functionBlockId) => {
      const parameters = { ProductKey, ...moduleParameter(functionBlockId) };
      const reply = await callPublished(client, 'GetThingModelTsl', parameters);
      return reply.ok ? ok(textAt(reply.value, ['Data', 'TslStr'])) : reply;
    },
    devicePages: (productKey, from) => devicePages(client, productKey, from),
    deviceDetails: (ProductKey, DeviceName) =>
      ask('BatchQueryDeviceDetail', { ProductKey, DeviceName }, (reply) =>
        entriesAt(reply, ['Data', 'Data']),
      ),
    properties: (IotId, functionBlockId) =>
      ask('QueryDevicePropertyStatus', { IotId, ...moduleParameter(functionBlockId) }, (reply) =>
        entriesAt(reply, ['Data', 'List', 'PropertyStatusInfo']),
      ),
    desired: (IotId, functionBlockId) =>
      ask('QueryDeviceDesiredProperty', { IotId, ...moduleParameter(functionBlockId) }, (reply) =>
        entriesAt(reply, ['Data', 'List', 'DesiredPropertyInfo']),
      ),
    shadow: (ProductKey, DeviceName) =>
      ask('GetDeviceShadow', { ProductKey, DeviceName }, (reply) =>
        textAt(reply, ['ShadowMessage']),
      ),
    tags: (IotId) => ask('QueryDeviceProp', { IotId }, (reply) => textAt(reply, ['Props'])),
    topicClasses: (ProductKey) =>
      ask('QueryProductTopic', { ProductKey }, (reply) =>
        entriesAt(reply, ['Data', 'ProductTopicInfo']),
      ),
  };
}

function moduleParameter(functionBlockId: string | undefined) {
  return functionBlockId === undefined ? {} : { FunctionBlockId: functionBlockId };
}

/** What devices are checked against; the draft only where nothing was published yet. */
async function callPublished(
  client: PopClient,
  action: string,
  parameters: PopParameters,
): Promise<Result<Members>> {
  const published = await client.call(`${action}Published`, parameters);
  if (published.ok || published.failure.kind !== 'identity-source-refused') return published;
  return client.call(action, parameters);
}

async function* productPages(client: PopClient): AsyncGenerator<Result<readonly AccountEntry[]>> {
  for (let page = 1; ; page += 1) {
    const reply = await client.call('QueryProductList', { CurrentPage: page, PageSize: PAGE_SIZE });
    if (!reply.ok) {
      yield reply;
      return;
    }
    yield ok(entriesAt(reply.value, ['Data', 'List', 'ProductInfo']));
    if (page >= numberAt(reply.value, ['Data', 'PageCount'])) return;
  }
}

async function* devicePages(
  client: PopClient,
  productKey: string,
  from: DevicePosition = { page: 1, nextToken: '' },
): AsyncGenerator<Result<DevicePage>> {
  let position: DevicePosition | undefined = from;
  while (position) {
    const { page, nextToken }: DevicePosition = position;
    const reply: Result<Members> = await client.call('QueryDevice', {
      ProductKey: productKey,
      PageSize: PAGE_SIZE,
      CurrentPage: page,
      ...(nextToken !== '' && { NextToken: nextToken }),
    });
    if (!reply.ok) {
      yield reply;
      return;
    }
    const read = devicePageOf(reply.value, page);
    yield ok(read);
    position = read.next;
  }
}

function devicePageOf(reply: Members, page: number): DevicePage {
  const devices = entriesAt(reply, ['Data', 'DeviceInfo']);
  const total = numberAt(reply, ['Total']);
  const nextToken = textAt(reply, ['NextToken']);
  const seen = page * PAGE_SIZE;
  const isLast =
    devices.length < PAGE_SIZE || seen >= MOST_LISTED || (nextToken === '' && seen >= total);
  return { devices, total, ...(!isLast && { next: { page: page + 1, nextToken } }) };
}

/** Empty for a text that is not a thing model: there is no module to ask for. */
function modulesIn(thingModelJson: string): readonly AccountEntry[] {
  try {
    return entriesAt({ model: JSON.parse(thingModelJson) }, ['model', 'functionBlocks']);
  } catch {
    return [];
  }
}
