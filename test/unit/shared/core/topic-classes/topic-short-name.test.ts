import { expect, test } from 'vitest';
import { topicShortNameFault } from '../../../../../shared/core/topic-classes/topic-short-name.ts';

test.each([
  ['submit', 'PUB'],
  ['a_1/b/c/D', 'ALL'],
  ['+', 'SUB'],
  ['a/+/b', 'SUB'],
  ['a/#', 'SUB'],
] as const)('%s is a name for %s', (name, operation) => {
  expect(topicShortNameFault(name, operation)).toBeUndefined();
});

test.each([
  ['a/b/c/d/e', 'PUB', 'more than 4 levels'],
  ['/a', 'PUB', 'a level has letters'],
  ['a//b', 'PUB', 'a level has letters'],
  ['a/', 'SUB', 'a level has letters'],
  ['a-b', 'PUB', 'a level has letters'],
  ['温度', 'PUB', 'a level has letters'],
  ['a+', 'SUB', 'a level has letters'],
  ['a/+', 'PUB', 'wildcards are for SUB'],
  ['#', 'ALL', 'wildcards are for SUB'],
  ['#/a', 'SUB', '# comes last'],
] as const)('%s is no name for %s: %s', (name, operation, fault) => {
  expect(topicShortNameFault(name, operation)).toContain(fault);
});
