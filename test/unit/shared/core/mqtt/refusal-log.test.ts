import { expect, test } from 'vitest';
import { createRefusalLog } from '../../../../../shared/core/mqtt/refusal-log.ts';
import { captureLog } from '../../../../support/captured-log.ts';
import { createTestClock } from '../../../../support/test-clock.ts';

const open = () => {
  const clock = createTestClock(0);
  const log = captureLog();
  return { clock, log, refusals: createRefusalLog('refused', { log, nowMs: clock.nowMs }) };
};

const FAILURE = { kind: 'login-blocked', failures: 5, opensInMs: 60_000 } as const;
const ASKED = { username: 'dev_001&pk', sourceIp: '192.0.2.1' };

test('the first refusal of a client for a reason is logged, and the others are counted', () => {
  const { log, refusals } = open();
  for (let time = 0; time < 10_001; time += 1) refusals.refused(ASKED, FAILURE);
  expect(log.lines).toEqual([
    { level: 'warn', message: 'refused', fields: { ...ASKED, refused: FAILURE } },
    ...[10, 100, 1000, 10_000].map((count) => ({
      level: 'warn',
      message: 'refused, and not logged one by one',
      fields: { refusals: count },
    })),
  ]);
});

test('another reason and another client have a line of their own', () => {
  const { log, refusals } = open();
  refusals.refused(ASKED, FAILURE);
  refusals.refused(ASKED, { kind: 'token-absent' });
  refusals.refused({ ...ASKED, sourceIp: '192.0.2.2' }, FAILURE);
  expect(log.lines).toHaveLength(3);
});

test('ten thousand clients make few lines', () => {
  const { log, refusals } = open();
  for (let client = 0; client < 10_000; client += 1)
    refusals.refused({ ...ASKED, username: `dev_${client}&pk` }, FAILURE);
  expect(log.lines.length).toBeLessThan(30);
});

test('what was left is told in a later minute, which begins anew', () => {
  const { clock, log, refusals } = open();
  for (let time = 0; time < 4; time += 1) refusals.refused(ASKED, FAILURE);
  clock.advance(60_000);
  refusals.refused(ASKED, FAILURE);
  expect(log.lines.map(({ fields }) => fields['refusals'])).toEqual([undefined, 3, undefined]);
});

test('a long username is cut', () => {
  const { log, refusals } = open();
  refusals.refused({ ...ASKED, username: 'x'.repeat(60_000) }, FAILURE);
  expect(log.lines[0]?.fields['username']).toHaveLength(128);
});
