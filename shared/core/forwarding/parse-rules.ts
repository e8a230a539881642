import { type Failure, ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { ForwardingRule } from '../../model/forwarding.ts';
import { checkRule } from './check-rule.ts';
import { sortRules } from './choose-rule.ts';

/**
 * Reads a JSON list of rules into the order in which they are asked. Refuses `invalid-parameter`; the
 * reason says which rule it is.
 */
export function parseRules(text: string): Result<readonly ForwardingRule[]> {
  const given = jsonOf(text);
  if (!Array.isArray(given)) return invalid('it is no JSON list of rules');
  const rules: ForwardingRule[] = [];
  for (const [index, one] of given.entries()) {
    const rule = checkRule(one);
    if (!rule.ok) return invalid(`rule ${index + 1}: ${problemOf(rule.failure)}`);
    if (rules.some(({ name }) => name === rule.value.name)) {
      return invalid(`rule ${index + 1}: there is another one called ${rule.value.name}`);
    }
    rules.push(rule.value);
  }
  return ok(sortRules(rules));
}

/** What is wrong with a rule, in a sentence that begins with the member. */
function problemOf(failure: Failure): string {
  if (failure.kind === 'missing-parameter') return `${failure.parameter} is missing`;
  if (failure.kind === 'invalid-parameter') return `${failure.parameter}: ${failure.reason}`;
  return failure.kind;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const invalid = (reason: string): Refusal =>
  refuse({ kind: 'invalid-parameter', parameter: 'rules', reason });
