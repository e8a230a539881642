import { describe, expect, test } from 'vitest';
import { applyChange, isApplied } from '../../../../../shared/core/shadow/apply-change.ts';
import { shadowDocument } from '../../../../../shared/core/shadow/shadow-document.ts';
import type { Result } from '../../../../../shared/model/failure.ts';
import type { ShadowRecord } from '../../../../../shared/model/tables.ts';
import type { SectionChange, ShadowChange } from '../../../../../shared/ports/shadows.ts';
import { accepted } from '../../../../support/test-device.ts';

const AT_S = 1_700_000_000;

type Wanted = Partial<ShadowChange>;

const merge = (values: Record<string, unknown>): SectionChange => ({ kind: 'merge', values });
const CLEAR: SectionChange = { kind: 'clear' };

function apply(shadow: ShadowRecord | undefined, wanted: Wanted): Result<ShadowRecord> {
  const change = { from: 'device', version: 1, atMs: AT_S * 1000, ...wanted } as const;
  return applyChange(shadow, { kind: 'change', ...change });
}

/** The shadow behind all of them, each in the next version and second. */
function applyAll(...changes: readonly Wanted[]): ShadowRecord {
  let shadow: ShadowRecord | undefined;
  for (const [index, change] of changes.entries()) {
    const next = { version: index + 1, atMs: (AT_S + index) * 1000, ...change };
    shadow = accepted(apply(shadow, next));
  }
  if (!shadow) throw new Error('no change, no shadow');
  return shadow;
}

const refusalOf = (result: Result<unknown>) => (result.ok ? undefined : result.failure);
const at = (timestamp: number) => ({ timestamp: AT_S + timestamp });

describe('what a change leaves', () => {
  test('is the document of the manual behind a report', () => {
    const shadow = applyAll({ reported: merge({ color: 'red' }) });
    expect(shadowDocument(shadow)).toEqual({
      state: { reported: { color: 'red' } },
      metadata: { reported: { color: { timestamp: AT_S } } },
      timestamp: AT_S,
      version: 1,
    });
  });

  test('has just the time of what was desired and is cleared', () => {
    const shadow = applyAll(
      { reported: merge({ color: 'red' }) },
      { desired: merge({ color: 'green' }) },
      { desired: CLEAR },
    );
    expect(shadowDocument(shadow)).toEqual({
      state: { reported: { color: 'red' } },
      metadata: { reported: { color: at(0) }, desired: at(2) },
      timestamp: AT_S + 2,
      version: 3,
    });
    const again = accepted(apply(shadow, { desired: merge({ a: 1 }), version: 4 }));
    expect(again.desiredMetadata).toEqual({ a: { timestamp: AT_S } });
  });

  test('merges objects key by key, however deep, with times in the same nesting', () => {
    const shadow = applyAll(
      { reported: merge({ lamp: { left: { on: 1, dim: 5 } }, speed: 3 }) },
      { reported: merge({ lamp: { left: { on: 0 }, right: { on: 1 } } }) },
    );
    expect(shadow.reported).toEqual({
      lamp: { left: { on: 0, dim: 5 }, right: { on: 1 } },
      speed: 3,
    });
    expect(shadow.reportedMetadata).toEqual({
      lamp: {
        left: { on: at(1), dim: at(0), ...at(1) },
        right: { on: at(1), ...at(1) },
        ...at(1),
      },
      speed: at(0),
    });
  });

  test('has arrays as they came last, with one time', () => {
    const shadow = applyAll(
      { reported: merge({ colors: ['RED', 'GREEN', { a: 'null' }] }) },
      { reported: merge({ colors: ['RED', 'null'] }) },
    );
    expect(shadow.reported).toEqual({ colors: ['RED', 'null'] });
    expect(shadow.reportedMetadata).toEqual({ colors: at(1) });
  });

  test('lacks keys whose value is null, as text or not, and no others', () => {
    const shadow = applyAll(
      { reported: merge({ a: 1, b: { c: 1, d: 2 }, e: 3, f: 4 }) },
      {
        reported: merge({ a: 'null', b: { c: 'null' }, e: null, never: 'null', n: { m: 'null' } }),
      },
    );
    expect(shadow.reported).toEqual({ b: { d: 2 }, f: 4 });
    expect(shadow.reportedMetadata).toEqual({ b: { d: at(0), ...at(1) }, f: at(0) });
  });

  test('has an object where a value was, and a value where an object was', () => {
    const shadow = applyAll(
      { reported: merge({ a: 1, b: { c: 1 } }) },
      { reported: merge({ a: { x: 1 }, b: 2 }) },
    );
    expect(shadow.reported).toEqual({ a: { x: 1 }, b: 2 });
    expect(shadow.reportedMetadata).toEqual({ a: { x: at(1), ...at(1) }, b: at(1) });
  });

  test('keeps an object that lost its last member, with the time of that', () => {
    const emptied = [
      { reported: merge({ a: { b: 1 } }) },
      { reported: merge({ a: { b: 'null' } }) },
    ];
    expect(applyAll(...emptied)).toMatchObject({
      reported: { a: {} },
      reportedMetadata: { a: at(1) },
    });
    const filled = applyAll(...emptied, { reported: merge({ a: { c: 1 } }) });
    expect(filled.reportedMetadata).toEqual({ a: { c: at(2), ...at(2) } });
  });

  test('has a key timestamp like any other', () => {
    const shadow = applyAll({ reported: merge({ timestamp: 5 }) }, { reported: merge({ a: 1 }) });
    expect(shadow.reported).toEqual({ timestamp: 5, a: 1 });
    expect(shadow.reportedMetadata).toEqual({ timestamp: at(0), a: at(1) });
    const inside = applyAll(
      { reported: merge({ a: { timestamp: 5 } }) },
      { reported: merge({ a: { b: 1 } }) },
    );
    expect(inside.reported).toEqual({ a: { timestamp: 5, b: 1 } });
    expect(inside.reportedMetadata).toEqual({ a: { timestamp: at(0), b: at(1) } });
  });

  test.each(['__proto__', 'constructor', 'toString'])('has a key %s like any other', (key) => {
    const values = JSON.parse(`{"${key}":{"polluted":1}}`);
    const shadow = applyAll({ reported: merge(values) }, { reported: merge(values) });
    expect(JSON.stringify(shadow.reported)).toBe(`{"${key}":{"polluted":1}}`);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.keys(applyAll({ reported: merge({ a: 1 }) }).reported)).toEqual(['a']);
  });

  test('is nothing of the old section where it is replaced', () => {
    const shadow = applyAll(
      { desired: merge({ a: 1, b: 2 }) },
      { from: 'api', desired: { kind: 'replace', values: { b: 3, c: 'null' } } },
    );
    expect(shadow.desired).toEqual({ b: 3 });
    expect(shadow.desiredMetadata).toEqual({ b: at(1) });
  });
});

describe('the version of a change', () => {
  const report = { reported: merge({ a: 1 }) };
  const stored = accepted(apply(undefined, { ...report, version: 7 }));

  test('is stored as it was given', () => {
    expect(stored.version).toBe(7);
    expect(accepted(apply(stored, { ...report, version: 1_700_000_000_000 })).version).toBe(
      1_700_000_000_000,
    );
  });

  test.each([7, 6, 0])('is refused with 409 where it is %i and the stored one 7', (version) => {
    const refused = refusalOf(apply(stored, { ...report, version }));
    expect(refused).toEqual({
      kind: 'shadow-refused',
      code: 409,
      apiCode: 'InvalidVersionValueInShadowMessage',
      message: 'shadow version conflict: the stored one is 7',
    });
  });

  test('may be any before there is a shadow', () => {
    expect(accepted(apply(undefined, { ...report, version: 0 })).version).toBe(0);
  });

  test('begins anew with -1: from a device without all there was, from the API with it', () => {
    const renewed = accepted(apply(stored, { reported: merge({ b: 2 }), version: -1 }));
    expect(renewed).toMatchObject({ version: 0, reported: { b: 2 } });
    const reset = accepted(apply(stored, { from: 'api', desired: merge({ b: 2 }), version: -1 }));
    expect(reset).toMatchObject({ version: 0, reported: { a: 1 }, desired: { b: 2 } });
  });

  test('of the API is not looked at where it is 0, and the stored one stays', () => {
    const changed = accepted(apply(stored, { from: 'api', desired: merge({ b: 2 }), version: 0 }));
    expect(changed).toMatchObject({ version: 7, desired: { b: 2 } });
    expect(apply(stored, { from: 'api', desired: merge({ b: 2 }), version: 7 }).ok).toBe(false);
  });
});

describe('a change is refused', () => {
  const attributes = (from: number, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${from + n}`, { x: 1 }]));

  test('where a section would have more than 128 attributes, each for itself', () => {
    const full = applyAll({
      reported: merge(attributes(0, 128)),
      desired: merge(attributes(0, 128)),
    });
    const more = { reported: merge(attributes(128, 1)), version: 2 };
    expect(refusalOf(apply(full, more))).toMatchObject({
      code: 408,
      apiCode: 'TooManyElementInReport',
    });
    const moreDesired = { desired: merge(attributes(128, 1)), version: 2 };
    expect(refusalOf(apply(full, moreDesired))).toMatchObject({
      apiCode: 'TooManyElementInDesire',
    });
    const changed = { reported: merge({ a0: 'null', b: 1 }), version: 2 };
    expect(apply(full, changed).ok).toBe(true);
  });

  test('where the state would have more than 16 KB', () => {
    const half = applyAll({ reported: merge({ text: 'x'.repeat(10_000) }) });
    const more = { desired: merge({ text: 'x'.repeat(6_500) }), version: 2 };
    expect(refusalOf(apply(half, more))).toMatchObject({
      code: 400,
      apiCode: 'ShadowMessageLengthIsLarge',
    });
    const less = { desired: merge({ text: 'x'.repeat(6_000) }), version: 2 };
    expect(apply(half, less).ok).toBe(true);
    const empty = JSON.stringify({ reported: { text: '' }, desired: {} });
    const most = 'x'.repeat(16 * 1024 - empty.length);
    const hasRoomFor = (text: string) => apply(undefined, { reported: merge({ text }) }).ok;
    expect(hasRoomFor(most)).toBe(true);
    expect(hasRoomFor(`${most}x`)).toBe(false);
    expect(hasRoomFor(most.replace('x', '水'))).toBe(false);
  });
});

test('the last 64 messages are known again', () => {
  const change = (messageId: string, version: number): ShadowChange => ({
    kind: 'change',
    from: 'device',
    messageId,
    version,
    atMs: 0,
    reported: merge({ a: version }),
  });
  let shadow: ShadowRecord | undefined;
  for (let n = 1; n <= 65; n += 1) shadow = accepted(applyChange(shadow, change(`m${n}`, n)));
  expect(isApplied(shadow, change('m65', 65))).toBe(true);
  expect(isApplied(shadow, change('m2', 2))).toBe(true);
  expect(isApplied(shadow, change('m1', 1))).toBe(false);
  expect(isApplied(undefined, change('m1', 1))).toBe(false);
});
