import { describe, expect, test } from 'vitest';
import type { CallOutcome } from '../../../../../shared/ports/function-target.ts';
import { ruleOf } from '../../../../support/forwarding.ts';
import { DONE, scriptForwarder } from '../../../../support/scripted-forwarder.ts';

const THROTTLED: CallOutcome = { kind: 'throttled', reason: 'busy' };
const FAILED: CallOutcome = { kind: 'failed', reason: 'broken' };
const REFUSED: CallOutcome = { kind: 'refused', reason: 'too large' };

describe('a batch', () => {
  const rule = ruleOf({ batchSize: 4, batchWaitMs: 200 });
  const parts = { rules: () => [rule] };

  test('goes when it is full, and when its first message has waited long enough', async () => {
    const { take, calls, timers } = scriptForwarder(() => DONE, parts);
    for (const name of ['a', 'b', 'c', 'd', 'e']) take(name);
    await timers.advance(199);
    expect(calls).toEqual([['a', 'b', 'c', 'd']]);
    await timers.advance(1);
    expect(calls).toEqual([['a', 'b', 'c', 'd'], ['e']]);
  });

  test('holds at most 3 MB of bodies', async () => {
    const { take, calls, timers } = scriptForwarder(() => DONE, parts);
    const body = 'x'.repeat(2_000_000);
    take('a', { body });
    take('b', { body });
    await timers.advance(200);
    expect(calls.map((call) => call.length)).toEqual([1, 1]);
  });

  test('accepts the others where the function names those that failed, and tries these again together', async () => {
    const answers: CallOutcome[] = [
      {
        kind: 'succeeded',
        answer: '{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"d"}]}',
      },
      DONE,
    ];
    const { take, calls, settled, timers } = scriptForwarder(
      () => answers.shift() ?? FAILED,
      parts,
    );
    for (const name of ['a', 'b', 'c', 'd']) take(name);
    await timers.advance(0);
    expect(settled).toEqual(['a accepted', 'c accepted']);
    await timers.advance(1000);
    expect(calls.at(-1)).toEqual(['b', 'd']);
    expect(settled.slice(2)).toEqual(['b accepted', 'd accepted']);
  });

  test('fails as a whole where the answer names a message that was not in it', async () => {
    const answer = '{"batchItemFailures":[{"itemIdentifier":"x"}]}';
    const { take, settled, timers } = scriptForwarder(() => ({ kind: 'succeeded', answer }), parts);
    for (const name of ['a', 'b', 'c', 'd']) take(name);
    await timers.advance(0);
    expect(settled).toEqual([]);
  });

  test('is halved when it is refused, until the poisoned message is alone', async () => {
    const { take, calls, settled, timers } = scriptForwarder(
      (bodies) => (bodies.includes('poison') ? REFUSED : DONE),
      parts,
    );
    for (const name of ['a', 'b', 'poison', 'd']) take(name);
    await timers.advance(0);
    expect(calls).toEqual([
      ['a', 'b', 'poison', 'd'],
      ['a', 'b'],
      ['poison', 'd'],
      ['poison'],
      ['d'],
    ]);
    expect(settled.sort()).toEqual([
      'a accepted',
      'b accepted',
      'd accepted',
      'poison rejected: too large',
    ]);
  });

  test('is taken apart at the last retry, so that a message that crashes the function takes no other along', async () => {
    const { take, calls, settled, timers } = scriptForwarder(
      (bodies) => (bodies.includes('poison') ? FAILED : DONE),
      parts,
    );
    for (const name of ['a', 'b', 'poison', 'd']) take(name);
    await timers.advance(4000);
    expect(calls).toHaveLength(3);
    await timers.advance(10_000);
    expect(calls.slice(3)).toEqual([['a'], ['b'], ['poison'], ['d']]);
    expect(settled.sort()).toEqual([
      'a accepted',
      'b accepted',
      'd accepted',
      'poison rejected: broken',
    ]);
  });

  test('stays whole when the target is throttled', async () => {
    const { take, calls, timers } = scriptForwarder(() => THROTTLED, parts);
    for (const name of ['a', 'b', 'c', 'd']) take(name);
    await timers.advance(14_000);
    expect(calls).toEqual(Array(4).fill(['a', 'b', 'c', 'd']));
  });

  test('of a rule whose payload is the body is one message, byte by byte', async () => {
    const bodyRule = ruleOf({ payload: 'body' });
    const { take, events, timers } = scriptForwarder(() => DONE, { rules: () => [bodyRule] });
    take('a', { body: '{"x":1}' });
    take('b', { body: 'no json' });
    await timers.advance(0);
    expect(events).toEqual(['{"x":1}', 'no json']);
  });
});

describe('the order of a device', () => {
  const rule = ruleOf({ batchSize: 10, batchWaitMs: 0, order: 'device' });
  const parts = { rules: () => [rule] };
  const of = (device: string) => ({ topic: `/pk/${device}/user/update` });

  test('is kept: a message waits until the one before it is done, and other devices do not', async () => {
    let isBroken = true;
    const { take, calls, settled, timers } = scriptForwarder(
      (bodies) => (isBroken && bodies.includes('a1') ? FAILED : DONE),
      parts,
    );
    take('a1', of('a'));
    await timers.advance(0);
    take('a2', of('a'));
    take('b1', of('b'));
    await timers.advance(100);
    expect(calls).toEqual([['a1'], ['b1']]);
    isBroken = false;
    await timers.advance(1000);
    expect(calls.slice(2)).toEqual([['a1'], ['a2']]);
    expect(settled).toEqual(['b1 accepted', 'a1 accepted', 'a2 accepted']);
  });

  test('lets the next one pass behind a dead letter', async () => {
    const { take, settled, timers } = scriptForwarder(
      (bodies) => (bodies.includes('poison') ? REFUSED : DONE),
      { ...parts, deadLetters: { kind: 'release' } },
    );
    take('poison', of('a'));
    await timers.advance(0);
    take('a2', of('a'));
    await timers.advance(1);
    expect(settled).toEqual(['a2 accepted']);
  });

  test('puts several devices into one batch, each with one message', async () => {
    const { take, calls, timers } = scriptForwarder(() => DONE, parts);
    for (const name of ['a1', 'a2', 'b1', 'c1']) take(name, of(name.charAt(0)));
    await timers.advance(0);
    expect(calls).toEqual([['a1', 'b1', 'c1'], ['a2']]);
  });
});
