import { describe, expect, test } from 'vitest';
import { createLoginGuard } from '../../../../../shared/core/mqtt/login-guard.ts';
import { interceptStore } from '../../../../support/intercepted-store.ts';
import { openMqttSignIn, refusalOf, signedConnect } from '../../../../support/mqtt-sign-in.ts';
import { createTestClock } from '../../../../support/test-clock.ts';
import { accepted } from '../../../../support/test-device.ts';

const openWatched = async () => {
  const reads = { count: 0 };
  const suite = await openMqttSignIn({
    watched: (store) =>
      interceptStore(store, () => {
        reads.count += 1;
      }),
  });
  const right = signedConnect(suite.device);
  const wrong = { ...right, password: '0'.repeat(40) };
  const failTimes = async (times: number) => {
    for (let time = 0; time < times; time += 1) refusalOf(await suite.connect(wrong));
  };
  return { suite, reads, right, wrong, failTimes };
};

describe('after five wrong passwords', () => {
  test('a login is refused without a look at the store, until its minute is over', async () => {
    const { suite, reads, right, failTimes } = await openWatched();
    await failTimes(5);
    reads.count = 0;
    await failTimes(10_000);
    const blocked = { kind: 'login-blocked', failures: 5 };
    expect(refusalOf(await suite.connect(right))).toEqual({ ...blocked, opensInMs: 60_000 });
    expect(reads.count).toBe(0);
    suite.parts.clock.advance(59_999);
    expect(refusalOf(await suite.connect(right))).toEqual({ ...blocked, opensInMs: 1 });
    suite.parts.clock.advance(1);
    accepted(await suite.connect(right));
  });

  test('four do not block it', async () => {
    const { suite, right, failTimes } = await openWatched();
    await failTimes(4);
    accepted(await suite.connect(right));
  });

  test('the right password comes in from another address', async () => {
    const { suite, right, failTimes } = await openWatched();
    await failTimes(100);
    accepted(await suite.connect({ ...right, sourceIp: '192.0.2.2' }));
  });

  test('a name that is not there is blocked as well', async () => {
    const { suite, reads, wrong } = await openWatched();
    const unknown = { ...wrong, username: `dev_404&${suite.productKey}` };
    for (let time = 0; time < 5; time += 1)
      expect(refusalOf(await suite.connect(unknown)).kind).toBe('unknown-device');
    reads.count = 0;
    expect(refusalOf(await suite.connect(unknown)).kind).toBe('login-blocked');
    expect(reads.count).toBe(0);
  });

  test('what is wrong with a login beside its password does not count', async () => {
    const { suite, right } = await openWatched();
    for (let time = 0; time < 10; time += 1)
      refusalOf(await suite.connect({ ...right, clientId: 'c|authtype=id2|' }));
    accepted(await suite.connect(right));
  });
});

test('no more logins are kept than there is room for, the oldest go', () => {
  const clock = createTestClock();
  const guard = createLoginGuard(clock.nowMs, 3);
  const login = (username: string) => ({ username, sourceIp: '192.0.2.1' });
  const fail = (username: string) => {
    for (let time = 0; time < 5; time += 1) guard.failed(login(username));
  };
  for (const username of ['a', 'b', 'c', 'd']) fail(username);
  const blocked = ['a', 'b', 'c', 'd'].map((name) => guard.blockOf(login(name))?.failures);
  expect(blocked).toEqual([undefined, 5, 5, 5]);
});

test('a clock that goes back blocks nobody for longer', () => {
  const clock = createTestClock();
  const guard = createLoginGuard(clock.nowMs);
  const login = { username: 'a', sourceIp: '192.0.2.1' };
  for (let time = 0; time < 5; time += 1) guard.failed(login);
  clock.advance(-1);
  expect(guard.blockOf(login)).toBeUndefined();
});
