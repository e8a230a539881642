import { expect, test } from 'vitest';
import { chooseRule, sortRules } from '../../../../../shared/core/forwarding/choose-rule.ts';
import { ruleOf } from '../../../../support/forwarding.ts';

const RULES = sortRules([
  ruleOf({ name: 'rest', priority: 1000, topicFilter: '#' }),
  ruleOf({ name: 'b', topicFilter: '/+/+/user/#' }),
  ruleOf({ name: 'a', topicFilter: '/+/+/user/update' }),
  ruleOf({ name: 'status', topicFilter: '/as/mqtt/status/+/+', productKey: 'pk1' }),
  ruleOf({ name: 'first', priority: 1, topicFilter: '/+/+/user/get', productKey: 'pk2' }),
]);

test.each([
  ['/pk1/d/user/update', 'a'],
  ['/pk1/d/user/x/y', 'b'],
  ['/pk1/d/user', 'b'],
  ['/pk1/d/user/get', 'b'],
  ['/pk2/d/user/get', 'first'],
  ['/as/mqtt/status/pk1/d', 'status'],
  ['/as/mqtt/status/pk2/d', 'rest'],
  ['', 'rest'],
])('%s falls under %s', (topic, name) => {
  expect(chooseRule(RULES, topic)?.name).toBe(name);
});

test('a product that is given counts, whatever the topic says', () => {
  expect(chooseRule(RULES, '/pk1/d/user/get', 'pk2')?.name).toBe('first');
  expect(chooseRule(RULES.slice(0, 1), '/pk2/d/user/get', 'pk1')).toBeUndefined();
});
