import { expect, test } from 'vitest';
import { gmtTime, utcTime } from '../../../../../shared/core/openapi/api-times.ts';

test.each([
  {
    timeMs: Date.UTC(2018, 7, 6, 2, 48, 41),
    gmt: '2018-08-06 10:48:41',
    utc: '2018-08-06T02:48:41.000Z',
  },
  {
    timeMs: Date.UTC(2025, 11, 31, 16, 0, 0, 7),
    gmt: '2026-01-01 00:00:00',
    utc: '2025-12-31T16:00:00.007Z',
  },
  { timeMs: null, gmt: '', utc: '' },
])('$timeMs is $gmt in UTC+8 and $utc', ({ timeMs, gmt, utc }) => {
  expect(gmtTime(timeMs)).toBe(gmt);
  expect(utcTime(timeMs)).toBe(utc);
});
