import { describe, expect, test } from 'vitest';
import type { CallOutcome } from '../../../../../shared/ports/function-target.ts';
import { ruleOf } from '../../../../support/forwarding.ts';
import { DONE, scriptForwarder, TOPIC } from '../../../../support/scripted-forwarder.ts';

const FAILED: CallOutcome = { kind: 'failed', reason: 'broken' };

describe('room', () => {
  test('is the window less the messages in calls, and comes back with each that is done', async () => {
    const ends: ((outcome: CallOutcome) => void)[] = [];
    const { forwarder, take, rooms, timers } = scriptForwarder(
      () => new Promise((resolve) => ends.push(resolve)),
      { window: 3 },
    );
    expect(forwarder.room()).toBe(3);
    for (const name of ['a', 'b', 'c']) take(name);
    await timers.advance(0);
    expect([forwarder.room(), forwarder.inHand()]).toEqual([0, 3]);
    ends[0]?.(DONE);
    await timers.advance(0);
    expect([forwarder.room(), rooms]).toEqual([1, [1]]);
  });

  test('is given to others by those that wait for a retry', async () => {
    const { forwarder, take, settled, timers } = scriptForwarder(
      (bodies) => (bodies.includes('good') ? DONE : FAILED),
      { window: 2 },
    );
    for (let count = 0; count < 50; count += 1) take(`bad${count}`);
    await timers.advance(0);
    expect([forwarder.room(), forwarder.inHand()]).toEqual([2, 50]);
    take('good');
    await timers.advance(0);
    expect(settled).toEqual(['good accepted']);
  });

  test('ends where over 4096 wait', async () => {
    const { forwarder, take, timers } = scriptForwarder(() => FAILED, { window: 10 });
    for (let count = 0; count < 4106; count += 1) take(`bad${count}`);
    await timers.advance(0);
    expect(forwarder.room()).toBe(0);
  });

  test('ends at 64 MB in hand', async () => {
    const { forwarder, take, timers } = scriptForwarder(() => FAILED, { window: 1000 });
    const body = 'x'.repeat(1_048_576);
    for (let count = 0; count < 65; count += 1) take(`m${count}`, { body });
    await timers.advance(0);
    expect(forwarder.room()).toBe(0);
  });

  test('is none without rules, and what comes all the same is released', () => {
    const { forwarder, take, settled } = scriptForwarder(() => DONE, { rules: () => [] });
    take('m1', { topic: TOPIC });
    expect([forwarder.room(), settled]).toEqual([0, ['m1 released']]);
  });

  test('bounds the calls', async () => {
    let running = 0;
    let most = 0;
    const { take, timers } = scriptForwarder(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        return DONE;
      },
      { window: 20, calls: 4 },
    );
    for (let count = 0; count < 20; count += 1) take(`m${count}`);
    await timers.advance(0);
    expect(most).toBe(4);
  });
});

describe('the end', () => {
  test('waits for calls, sends what gathers, and releases what waits', async () => {
    const ends: ((outcome: CallOutcome) => void)[] = [];
    const rules = [
      ruleOf({ name: 'one', topicFilter: '/pk/+/one', batchSize: 1 }),
      ruleOf({ name: 'many', topicFilter: '/pk/+/many', batchSize: 9 }),
      ruleOf({ name: 'inOrder', topicFilter: '/pk/+/ordered', batchSize: 1, order: 'device' }),
    ];
    const { forwarder, take, settled, timers } = scriptForwarder(
      (bodies) => (bodies.includes('bad') ? FAILED : new Promise((resolve) => ends.push(resolve))),
      { rules: () => rules },
    );
    take('called', { topic: '/pk/d/one' });
    take('bad', { topic: '/pk/d/one' });
    take('gathered', { topic: '/pk/d/many' });
    take('first', { topic: '/pk/d/ordered' });
    take('second', { topic: '/pk/d/ordered' });
    await timers.advance(0);
    const stopped = forwarder.stop(5000);
    await timers.advance(0);
    expect(settled.sort()).toEqual(['bad released', 'second released']);
    take('late', { topic: '/pk/d/one' });
    for (const end of ends) end(DONE);
    await stopped;
    expect(settled.slice(2).sort()).toEqual([
      'called accepted',
      'first accepted',
      'gathered accepted',
      'late released',
    ]);
  });

  test('releases what takes longer, and heeds no outcome that comes later', async () => {
    let end: (outcome: CallOutcome) => void = () => undefined;
    const { forwarder, take, metrics, timers } = scriptForwarder(
      () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    );
    take('slow');
    const stopped = forwarder.stop(5000);
    await timers.advance(5000);
    await stopped;
    end(DONE);
    await timers.advance(0);
    expect(metrics).toEqual(['released single']);
  });
});
