import { beforeEach, describe, expect, test } from 'vitest';
import {
  gatewayIotIdOf,
  noteTold,
  relate,
  removeRelations,
  subDevicesOf,
  unrelate,
} from '../../../../../shared/core/topology/relations.ts';
import type { Store } from '../../../../../shared/ports/table.ts';
import { interceptStore, type Step } from '../../../../support/intercepted-store.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';

let parts: MemoryParts;

beforeEach(() => {
  parts = createMemoryParts();
});

const SUB = { iotId: 'sub1', productKey: 'a1Sub', deviceName: 'dev_001' };
const other = (at: number) => ({ ...SUB, iotId: `other${at}`, deviceName: `other_${at}` });
const listed = async (gateway: string) =>
  (await subDevicesOf(gateway, parts.store)).map(({ iotId }) => iotId);

/** The same store; `meanwhile` happens once, ahead of the first such step. */
function aheadOf(wanted: Partial<Step>, meanwhile: () => Promise<unknown>): Store {
  let isOver = false;
  return interceptStore(parts.store, async ({ table, verb }) => {
    if (isOver || table !== wanted.table || verb !== wanted.verb) return;
    isOver = true;
    await meanwhile();
  });
}

describe('a sub-device', () => {
  test('that a gateway gets is listed and found', async () => {
    expect(await relate('gw1', SUB, parts)).toEqual({ isUntold: true });
    expect(await subDevicesOf('gw1', parts.store)).toEqual([SUB]);
    expect(await gatewayIotIdOf('sub1', parts.store)).toBe('gw1');
  });

  test('that it has already is untold until that is noted', async () => {
    await relate('gw1', SUB, parts);
    expect(await relate('gw1', SUB, parts)).toEqual({ isUntold: true });
    await noteTold('gw1', 'sub1', parts.store);
    expect(await relate('gw1', SUB, parts)).toEqual({ isUntold: false });
    expect(await listed('gw1')).toEqual(['sub1']);
  });

  test('that another gateway gets is no longer that of the first', async () => {
    await relate('gw1', SUB, parts);
    expect(await relate('gw2', SUB, parts)).toEqual({ isUntold: true, formerGatewayIotId: 'gw1' });
    expect(await listed('gw1')).toEqual([]);
    expect(await listed('gw2')).toEqual(['sub1']);
    expect(await unrelate('gw1', 'sub1', parts.store)).toBe(false);
    expect(await gatewayIotIdOf('sub1', parts.store)).toBe('gw2');
  });

  test('that its gateway gives up has none, once', async () => {
    await relate('gw1', SUB, parts);
    expect(await unrelate('gw1', 'sub1', parts.store)).toBe(true);
    expect(await unrelate('gw1', 'sub1', parts.store)).toBe(false);
    expect(await gatewayIotIdOf('sub1', parts.store)).toBeUndefined();
    expect(await listed('gw1')).toEqual([]);
  });
});

describe('of two gateways at once', () => {
  test('one has the sub-device in the end, in its record and in the lists', async () => {
    await Promise.all(['gw1', 'gw2', 'gw3'].map((gateway) => relate(gateway, SUB, parts)));
    const owner = await gatewayIotIdOf('sub1', parts.store);
    const lists = { gw1: await listed('gw1'), gw2: await listed('gw2'), gw3: await listed('gw3') };
    expect(lists).toEqual({ gw1: [], gw2: [], gw3: [], [owner ?? '']: ['sub1'] });
  });

  test('the former one, which adds it again just then, is left with nothing', async () => {
    await relate('gw1', SUB, parts);
    const store = aheadOf({ table: 'topology', verb: 'insert' }, () => relate('gw2', SUB, parts));
    await relate('gw1', SUB, { ...parts, store });
    expect(await listed('gw1')).toEqual([]);
    expect(await listed('gw2')).toEqual(['sub1']);
  });

  test('the later one overtakes the one that was about to write', async () => {
    const store = aheadOf({ table: 'topology_gateways', verb: 'insert' }, () =>
      relate('gw2', SUB, parts),
    );
    const related = await relate('gw1', SUB, { ...parts, store });
    expect(related).toEqual({ isUntold: true, formerGatewayIotId: 'gw2' });
    expect(await listed('gw2')).toEqual([]);
    expect(await listed('gw1')).toEqual(['sub1']);
  });
});

test('a row that a crash left out comes back when the gateway adds its sub-device again', async () => {
  const store = aheadOf({ table: 'topology', verb: 'insert' }, async () => {
    throw new Error('the process is gone');
  });
  await expect(relate('gw1', SUB, { ...parts, store })).rejects.toThrow('the process is gone');
  expect(await listed('gw1')).toEqual([]);
  expect(await relate('gw1', SUB, parts)).toEqual({ isUntold: true });
  expect(await listed('gw1')).toEqual(['sub1']);
});

describe('of a device that is gone', () => {
  test('its relation to its gateway ends, and no other', async () => {
    for (const sub of [SUB, other(1)]) await relate('gw1', sub, parts);
    await removeRelations('sub1', parts.store);
    expect(await listed('gw1')).toEqual(['other1']);
    expect(await gatewayIotIdOf('sub1', parts.store)).toBeUndefined();
  });

  test('those to its sub-devices end, also to more than a page of them', async () => {
    const many = Array.from({ length: 501 }, (_, at) => other(at));
    await Promise.all(many.map((sub) => relate('gw1', sub, parts)));
    await relate('gw2', SUB, parts);
    await removeRelations('gw1', parts.store);
    expect(await listed('gw1')).toEqual([]);
    expect(await gatewayIotIdOf('other500', parts.store)).toBeUndefined();
    expect(await listed('gw2')).toEqual(['sub1']);
  });
});
