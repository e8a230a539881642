import { describe, expect, test } from 'vitest';
import type { CallOutcome } from '../../../../../shared/ports/function-target.ts';
import { ruleOf } from '../../../../support/forwarding.ts';
import { collectLetters, DONE, scriptForwarder } from '../../../../support/scripted-forwarder.ts';

const THROTTLED: CallOutcome = { kind: 'throttled', reason: 'busy' };
const FAILED: CallOutcome = { kind: 'failed', reason: 'broken' };
const REFUSED: CallOutcome = { kind: 'refused', reason: 'too large' };

describe('a message', () => {
  test('is accepted when its target has succeeded, and not before', async () => {
    let answer: (outcome: CallOutcome) => void = () => undefined;
    const { take, settled, timers } = scriptForwarder(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    take('m1');
    await timers.advance(0);
    expect(settled).toEqual([]);
    answer(DONE);
    await timers.advance(0);
    expect(settled).toEqual(['m1 accepted']);
  });

  test.each([
    { outcome: THROTTLED, reason: 'busy' },
    { outcome: FAILED, reason: 'broken' },
  ])('is tried again after 1, 3 and 10 s when it is $outcome.kind', async ({ outcome, reason }) => {
    const { take, settled, calls, timers } = scriptForwarder(() => outcome);
    take('m1');
    const counts = [];
    for (const ms of [0, 999, 1, 2999, 1, 9999, 1]) {
      await timers.advance(ms);
      counts.push(calls.length);
    }
    expect(counts).toEqual([1, 1, 2, 2, 3, 3, 4]);
    expect(settled).toEqual([`m1 rejected: ${reason}`]);
  });

  test('is not tried again when it is refused for good', async () => {
    const { take, settled, calls, timers } = scriptForwarder(() => REFUSED);
    take('m1');
    await timers.advance(60_000);
    expect(calls).toEqual([['m1']]);
    expect(settled).toEqual(['m1 rejected: too large']);
  });

  test('is tried again after a fault of the target adapter itself', async () => {
    const { take, settled, timers } = scriptForwarder(
      (() => {
        let count = 0;
        return () => {
          count += 1;
          if (count === 1) throw new Error('a bug');
          return DONE;
        };
      })(),
    );
    take('m1');
    await timers.advance(1000);
    expect(settled).toEqual(['m1 accepted']);
  });

  test('is marked when its id was handed over before, and when the source says so', async () => {
    const { take, events, timers } = scriptForwarder(() => DONE);
    take('m1');
    take('m2', { isDuplicate: true });
    take('m1');
    take('m1');
    await timers.advance(0);
    const marks = events.map((event) => JSON.parse(event).messages[0].isDuplicate);
    expect(marks).toEqual([false, true, true, true]);
  });

  test('that no rule covers is accepted, counted, and told once a minute of its class', async () => {
    const rule = ruleOf({ topicFilter: '/pk/+/user/#', batchSize: 1 });
    const { take, settled, metrics, log, calls, timers } = scriptForwarder(() => DONE, {
      rules: () => [rule],
    });
    take('m1', { topic: '/other/dev1/user/update' });
    take('m2', { topic: '/other/dev2/user/update' });
    take('m3', { topic: '/other/dev2/user/get' });
    await timers.advance(60_000);
    take('m4', { topic: '/other/dev3/user/update' });
    expect(settled).toEqual(['m1 accepted', 'm2 accepted', 'm3 accepted', 'm4 accepted']);
    expect(metrics).toEqual(Array(4).fill('unmatched '));
    expect(calls).toEqual([]);
    const told = log.lines.map(({ fields }) => [fields['topicClass'], fields['notLoggedBefore']]);
    expect(told).toEqual([
      ['/+/+/user/update', undefined],
      ['/+/+/user/get', undefined],
      ['/+/+/user/update', 1],
    ]);
  });

  test('that cannot be read goes where poisoned messages go, and no rule is asked', async () => {
    const { letters, policy } = collectLetters();
    const { take, settled, calls, timers } = scriptForwarder(() => DONE, { deadLetters: policy });
    take('m1', { problem: 'Unrecognised typecode' });
    take('m2');
    await timers.advance(0);
    expect(calls).toEqual([['m2']]);
    expect(settled.sort()).toEqual(['m1 accepted', 'm2 accepted']);
    expect(letters).toMatchObject([{ reason: 'Unrecognised typecode', rule: '', attempts: 0 }]);
  });
});

describe('what was given up', () => {
  test('is released after its retries, without a dead-letter queue', async () => {
    const { take, settled, timers } = scriptForwarder(() => FAILED, {
      deadLetters: { kind: 'release' },
    });
    take('m1');
    await timers.advance(14_000);
    expect(settled).toEqual(['m1 released']);
  });

  test('is released only after a rest where nothing was tried again: RabbitMQ would bring it at once', async () => {
    const { take, settled, timers } = scriptForwarder(() => REFUSED, {
      deadLetters: { kind: 'release' },
    });
    take('m1');
    await timers.advance(9_999);
    expect(settled).toEqual([]);
    await timers.advance(1);
    expect(settled).toEqual(['m1 released']);
  });

  test('is sent away with its reason, and accepted behind that', async () => {
    const { letters, policy } = collectLetters();
    const { take, settled, metrics, timers } = scriptForwarder(() => FAILED, {
      deadLetters: policy,
    });
    take('m1');
    await timers.advance(14_000);
    expect(letters).toMatchObject([
      { message: { messageId: 'm1' }, rule: 'single', reason: 'broken', attempts: 4 },
    ]);
    expect(settled).toEqual(['m1 accepted']);
    expect(metrics).toEqual(['dead-lettered single']);
  });

  test('is released where it cannot be sent away', async () => {
    const { letters, policy } = collectLetters(() => true);
    const { take, settled, timers } = scriptForwarder(() => REFUSED, { deadLetters: policy });
    take('m1');
    await timers.advance(10_000);
    expect([letters, settled]).toEqual([[], ['m1 released']]);
  });
});
