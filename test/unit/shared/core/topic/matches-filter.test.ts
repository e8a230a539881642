import { expect, test } from 'vitest';
import { matchesFilter } from '../../../../../shared/core/topic/matches-filter.ts';

test.each([
  ['/a/b', '/a/b'],
  ['/a/+', '/a/b'],
  ['/+/b', '/a/b'],
  ['/a/#', '/a/b'],
  ['/a/#', '/a/b/c'],
  ['/a/#', '/a'],
  ['/#', '/a/b'],
  ['/ext/rrpc/+/pk/dn/user/cmd', '/ext/rrpc/123/pk/dn/user/cmd'],
])('%s covers %s', (filter, topic) => {
  expect(matchesFilter(filter, topic)).toBe(true);
});

test.each([
  ['/a/b', '/a/b/c'],
  ['/a/b/c', '/a/b'],
  ['/a/+', '/a'],
  ['/a/+', '/a/b/c'],
  ['/a/#', '/b'],
  ['/a/#', '/ab'],
  ['/a', '/A'],
])('%s does not cover %s', (filter, topic) => {
  expect(matchesFilter(filter, topic)).toBe(false);
});
