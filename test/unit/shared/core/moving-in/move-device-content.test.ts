import { beforeEach, describe, expect, test } from 'vitest';
import {
  hasMoved,
  isAllMoved,
  type Tally,
} from '../../../../../shared/core/moving-in/moving-report.ts';
import { ok, refuse } from '../../../../../shared/model/failure.ts';
import type { ShadowRecord, TableName, TableRecords } from '../../../../../shared/model/tables.ts';
import { accountDevice, refusedWith } from '../../../../support/scripted-account.ts';
import { openTestMove, type TestMove } from '../../../../support/test-move.ts';

const IOT_ID = 'iotId-of-tank-1';
const NONE = { added: 0, changed: 0, unchanged: 0, refused: 0 };

let parts: TestMove['parts'];
let script: TestMove['script'];
let move: TestMove['move'];
let moveAll: TestMove['moveAll'];

beforeEach(() => {
  ({ parts, script, move, moveAll } = openTestMove());
  script.pages.push([accountDevice('tank-1')]);
});

async function stored<Name extends TableName>(name: Name, partition = IOT_ID) {
  const found = await parts.store.table(name).read({ partition });
  return found?.value as TableRecords[Name] | undefined;
}

function document(changes: object = {}): string {
  return JSON.stringify({
    state: { reported: { color: 'red', lamp: { level: 3 } }, desired: { color: 'green' } },
    metadata: {
      reported: { color: { timestamp: 1 }, lamp: { level: { timestamp: 2 } } },
      desired: { color: { timestamp: 3 } },
    },
    timestamp: 1_600_000_000,
    version: 7,
    ...changes,
  });
}

describe('the shadow of a device', () => {
  const shadow: ShadowRecord = {
    reported: { color: 'red', lamp: { level: 3 } },
    desired: { color: 'green' },
    reportedMetadata: { color: { timestamp: 1 }, lamp: { level: { timestamp: 2 } } },
    desiredMetadata: { color: { timestamp: 3 } },
    timestampSeconds: 1_600_000_000,
    version: 7,
  };

  test('is moved as the stored document or as a reply shows it, also of a device that never signed in', async () => {
    script.shadows.set('tank-1', document());
    expect((await moveAll()).shadows).toEqual({ ...NONE, added: 1 });
    expect(await stored('shadows')).toEqual(shadow);
    expect((await moveAll()).shadows).toEqual({ ...NONE, unchanged: 1 });
    await parts.store.table('shadows').remove({ partition: IOT_ID });
    const { state, metadata, timestamp, version } = JSON.parse(document());
    const payload = { status: 'success', state, metadata };
    script.shadows.set('tank-1', JSON.stringify({ method: 'reply', payload, timestamp, version }));
    await moveAll();
    expect(await stored('shadows')).toEqual(shadow);
  });

  test('is left as it is here where it is the later one, and replaced where it is not', async () => {
    const own = { ...shadow, reported: { color: 'own' }, version: 8 };
    await parts.store.table('shadows').insert({ partition: IOT_ID }, own);
    script.shadows.set('tank-1', document());
    expect((await moveAll()).shadows).toEqual({ ...NONE, unchanged: 1 });
    expect(await stored('shadows')).toEqual(own);
    script.shadows.set('tank-1', document({ version: 8 }));
    expect((await moveAll()).shadows).toEqual({ ...NONE, unchanged: 1 });
    script.shadows.set('tank-1', document({ version: 8, timestamp: 1_600_000_001 }));
    expect((await moveAll()).shadows).toEqual({ ...NONE, changed: 1 });
    expect(await stored('shadows')).toMatchObject({ reported: shadow.reported, version: 8 });
  });

  test.each(['', '{}', '{"state":{},"version":0}'])(
    'that was never used is none: %j',
    async (text) => {
      script.shadows.set('tank-1', text);
      expect((await moveAll()).shadows).toEqual(NONE);
      expect(await stored('shadows')).toBeUndefined();
    },
  );

  test.each(['no JSON', '[]', 'null'])('that cannot be read is told: %j', async (text) => {
    script.shadows.set('tank-1', text);
    const { shadows, problems } = await moveAll();
    expect(shadows).toEqual({ ...NONE, refused: 1 });
    const reason = 'shadow: the account shows a shadow that is not JSON';
    expect(problems).toEqual([{ reason, count: 1, examples: ['tank-1'] }]);
  });
});

describe('desired values', () => {
  const desired = (Identifier: string, Version: number, Value?: string) => ({
    ...{ Identifier, Version, DataType: 'int', Time: '1600000000000' },
    ...(Value !== undefined && { Value }),
  });

  test('are moved with their versions, cleared ones too, and those without a version are none', async () => {
    script.desired.set(IOT_ID, [desired('level', 2, '5'), desired('lamp', 3), desired('no', 0)]);
    expect((await moveAll()).desired).toEqual({ ...NONE, added: 1 });
    expect(await stored('desired_properties')).toEqual({
      properties: {
        level: { value: 5, version: 2, changedAtMs: 1_600_000_000_000 },
        lamp: { value: null, version: 3, changedAtMs: 1_600_000_000_000 },
      },
    });
    expect((await moveAll()).desired).toEqual({ ...NONE, unchanged: 1 });
  });

  test('of a higher version here are kept, one by one', async () => {
    const own = { value: 'own', version: 4, changedAtMs: 1 };
    const properties = { level: own, lamp: { ...own, version: 2 }, mine: own };
    await parts.store.table('desired_properties').insert({ partition: IOT_ID }, { properties });
    script.desired.set(IOT_ID, [desired('level', 4, '5'), desired('lamp', 3, '1')]);
    expect((await moveAll()).desired).toEqual({ ...NONE, changed: 1 });
    const record = await stored('desired_properties');
    expect(record?.properties).toMatchObject({ level: own, mine: own, lamp: { value: 1 } });
  });
});

describe('tags', () => {
  test('are the account’s where both have them, and those that are here alone stay', async () => {
    const tags = { Room: 'old', Own: 'here' };
    await parts.store.table('tags').insert({ partition: IOT_ID }, { tags });
    script.tags.set(IOT_ID, '{"Room":"B12","__proto__":"x","size":10}');
    expect((await moveAll()).tags).toEqual({ ...NONE, changed: 1 });
    const moved = Object.entries((await stored('tags'))?.tags ?? {});
    expect(moved).toEqual([
      ['Room', 'B12'],
      ['Own', 'here'],
      ['__proto__', 'x'],
      ['size', '10'],
    ]);
    expect((await moveAll()).tags).toEqual({ ...NONE, unchanged: 1 });
  });

  test('that would be over a hundred here are refused, and none of them is written', async () => {
    const many = (prefix: string) =>
      Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`${prefix}${index}`, 'x']));
    await parts.store.table('tags').insert({ partition: IOT_ID }, { tags: many('own') });
    script.tags.set(IOT_ID, JSON.stringify(many('theirs')));
    const { tags, problems } = await moveAll();
    expect(tags).toEqual({ ...NONE, refused: 1 });
    expect(problems).toMatchObject([{ reason: 'tags: it would have more than 100 tags here' }]);
    expect((await stored('tags'))?.tags).toEqual(many('own'));
  });
});

describe('what belongs to devices', () => {
  beforeEach(() => {
    script.shadows.set('tank-1', document());
    script.tags.set(IOT_ID, '{"Room":"B12"}');
  });

  test('is left out where it is not asked for', async () => {
    const report = await moveAll({ contents: new Set(['shadows']) });
    expect(report).toMatchObject({
      shadows: { added: 1 },
      tags: null,
      desired: null,
      values: null,
    });
    expect(await stored('tags')).toBeUndefined();
  });

  test('is neither asked for nor written in a dry run', async () => {
    script.account.tags = async () => Promise.reject(new Error('nobody asked'));
    expect(await moveAll({ isDryRun: true })).toMatchObject({ shadows: null, tags: null });
    expect(await stored('shadows')).toBeUndefined();
  });

  test('is told where the account refuses it, and does not keep the rest from being moved', async () => {
    script.account.tags = async () => refusedWith('iot.common.RamActionPermissionDeny');
    const report = await moveAll();
    expect(report).toMatchObject({ shadows: { added: 1 }, tags: { refused: 1 } });
    expect(report.problems).toMatchObject([{ examples: ['tank-1'] }]);
    expect(isAllMoved([report])).toBe(false);
  });

  test('ends the move where the account keeps limiting calls', async () => {
    const throttled = refuse({ kind: 'identity-source-throttled', attempts: 6 });
    const { desired } = script.account;
    script.account.desired = async () => throttled;
    const begun: Tally[] = [];
    expect(await move({ onProduct: (tally) => begun.push(tally) })).toEqual(throttled);
    expect(begun.map(hasMoved)).toEqual([true]);
    script.account.desired = desired;
    expect(await move()).toMatchObject(ok([{ tags: { unchanged: 1 } }]));
  });

  test('goes with a device that gets the iotId of the account', async () => {
    await moveAll();
    script.shadows.clear();
    script.tags.clear();
    script.pages[0] = [accountDevice('tank-1', { IotId: 'another' })];
    await moveAll();
    expect(await stored('shadows')).toBeUndefined();
    expect(await stored('shadows', 'another')).toMatchObject({ version: 7 });
    expect(await stored('tags', 'another')).toEqual({ tags: { Room: 'B12' } });
  });
});
