import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../../../shared/adapters/memory/memory-store.ts';
import { parseRules } from '../../../../../shared/core/forwarding/parse-rules.ts';
import { openRuleBook } from '../../../../../shared/core/forwarding/rule-book.ts';
import {
  addRule,
  listRules,
  putRule,
  removeRule,
} from '../../../../../shared/core/forwarding/rules.ts';
import { captureLog } from '../../../../support/captured-log.ts';
import { ruleOf } from '../../../../support/forwarding.ts';
import { createTestTimers } from '../../../../support/test-timers.ts';

describe('rules in a store', () => {
  const nowMs = () => 1_700_000_000_000;

  test('are added once, replaced, listed in order and removed', async () => {
    const store = createMemoryStore({ nowMs });
    const parts = { store, nowMs };
    const rule = ruleOf({ name: 'b' });
    const first = ruleOf({ name: 'z', priority: 1 });
    expect(await addRule(rule, parts)).toBe(true);
    expect(await addRule(ruleOf({ name: 'b', priority: 5 }), parts)).toBe(false);
    await putRule(first, parts);
    expect(await listRules(store)).toEqual([first, rule]);
    await putRule({ ...rule, priority: 0 }, parts);
    expect((await listRules(store)).map(({ name }) => name)).toEqual(['b', 'z']);
    expect([await removeRule('b', store), await removeRule('b', store)]).toEqual([true, false]);
    expect(await listRules(store)).toEqual([first]);
  });
});

describe('a file of rules', () => {
  test('is read in the order in which they are asked', () => {
    const rules = [
      { name: 'late', topicFilter: '#', target: 'fc3:a', priority: 200 },
      { name: 'early', topicFilter: '#', target: 'fc3:b' },
    ];
    expect(parseRules(JSON.stringify(rules))).toMatchObject({
      value: [{ name: 'early' }, { name: 'late' }],
    });
  });

  test.each([
    ['{"name":"a"}', 'it is no JSON list of rules'],
    ['[', 'it is no JSON list of rules'],
    ['[{"topicFilter":"#","target":"fc3:a"}]', 'rule 1: name is missing'],
    [
      '[{"name":"a","topicFilter":"#","target":"fc3:a"},{"name":"a","topicFilter":"#","target":"fc3:a"}]',
      'rule 2: there is another one called a',
    ],
    [
      '[{"name":"a","topicFilter":"#","target":"fc3:a","order":"all"}]',
      'rule 1: order: is one of none, device',
    ],
  ])('%s is refused', (text, reason) => {
    expect(parseRules(text)).toMatchObject({ ok: false, failure: { reason } });
  });
});

describe('a rule book', () => {
  test('reads again every 10 s, keeps unchanged rules as they are, and what it has through a fault', async () => {
    const timers = createTestTimers();
    const log = captureLog();
    const changes: string[][] = [];
    let read = async () => [ruleOf({ name: 'a' }), ruleOf({ name: 'b' })];
    const book = await openRuleBook({
      read: () => read(),
      onChange: (rules) => changes.push(rules.map(({ name }) => name)),
      later: timers.later,
      log,
    });
    const [first] = book.rules();
    await timers.advance(10_000);
    expect([book.rules()[0] === first, changes]).toEqual([true, []]);
    read = async () => [ruleOf({ name: 'a' }), ruleOf({ name: 'b', priority: 3 })];
    await timers.advance(10_000);
    expect([book.rules()[0] === first, changes]).toEqual([true, [['a', 'b']]]);
    read = async () => {
      throw new Error('the store is away');
    };
    await timers.advance(10_000);
    expect(book.rules()).toHaveLength(2);
    expect(log.lines.at(-1)?.message).toBe('the forwarding rules cannot be read');
    read = async () => [ruleOf({ name: 'a' })];
    await timers.advance(10_000);
    expect(changes.at(-1)).toEqual(['a']);
    book.stop();
    expect(timers.waiting()).toEqual([]);
  });

  test('is not opened where the first reading fails', async () => {
    const { later } = createTestTimers();
    const read = () => Promise.reject(new Error('the store is away'));
    const opening = openRuleBook({ read, onChange: () => undefined, later, log: captureLog() });
    await expect(opening).rejects.toThrow('the store is away');
  });
});
