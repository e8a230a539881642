import type { ForwardingRule } from '../../model/forwarding.ts';
import type { ForwardingRuleRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { walkPartition } from '../records/walk-partition.ts';
import { sortRules } from './choose-rule.ts';

const RULES_PARTITION = 'forwarding-rules';

/** All rules, in the order in which they are asked. Rejects on a fault of the store. */
export async function listRules(store: Store): Promise<readonly ForwardingRule[]> {
  const rules: ForwardingRule[] = [];
  for await (const { value } of walkPartition(store.table('forwarding_rules'), RULES_PARTITION)) {
    rules.push(ruleOf(value));
  }
  return sortRules(rules);
}

/** False if there is a rule of that name. Forwarders know it within 10 s. */
export function addRule(rule: ForwardingRule, { store, nowMs }: RuleParts): Promise<boolean> {
  return store.table('forwarding_rules').insert(keyOf(rule.name), record(rule, nowMs));
}

/** Makes the rule, or puts it in the place of the one of that name, whoever changes that meanwhile. */
export async function putRule(rule: ForwardingRule, { store, nowMs }: RuleParts): Promise<void> {
  const table = store.table('forwarding_rules');
  for (;;) {
    const found = await table.read(keyOf(rule.name));
    const value = record(rule, nowMs);
    const written = found
      ? await table.replace(keyOf(rule.name), value, found.version)
      : await table.insert(keyOf(rule.name), value);
    if (written) return;
  }
}

/** False if there is none of that name. */
export function removeRule(name: string, store: Store): Promise<boolean> {
  return store.table('forwarding_rules').remove(keyOf(name));
}

type RuleParts = { store: Store; nowMs: () => number };

const keyOf = (name: string) => ({ partition: RULES_PARTITION, sort: name });

const record = (rule: ForwardingRule, nowMs: () => number): ForwardingRuleRecord => ({
  ...rule,
  changedAtMs: nowMs(),
});

function ruleOf({ changedAtMs: _, ...rule }: ForwardingRuleRecord): ForwardingRule {
  return rule;
}
