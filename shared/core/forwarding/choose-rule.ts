import type { ForwardingRule } from '../../model/forwarding.ts';
import { matchesLevels } from '../topic/matches-filter.ts';
import { deviceOfTopic } from './topic-device.ts';

/**
 * The first of `rules` that covers a topic; they are in the order of sortRules. The product is that of
 * the topic unless another one is given.
 */
export function chooseRule(
  rules: readonly ForwardingRule[],
  topic: string,
  givenProduct?: string,
): ForwardingRule | undefined {
  const levels = topic.split('/');
  let productKey = givenProduct;
  return rules.find((rule) => {
    if (!matchesLevels(levelsOf(rule), levels)) return false;
    if (rule.productKey === null) return true;
    productKey ??= deviceOfTopic(topic).productKey;
    return rule.productKey === productKey;
  });
}

/** Split once: a rule stays the same object as long as it does not change. */
const levelsByRule = new WeakMap<ForwardingRule, readonly string[]>();

function levelsOf(rule: ForwardingRule): readonly string[] {
  const known = levelsByRule.get(rule);
  if (known) return known;
  const levels = rule.topicFilter.split('/');
  levelsByRule.set(rule, levels);
  return levels;
}

/** In the order in which they are asked: by priority, then by name. */
export function sortRules(rules: readonly ForwardingRule[]): readonly ForwardingRule[] {
  return [...rules].sort(
    (one, other) => one.priority - other.priority || compareText(one.name, other.name),
  );
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
