import { checkRule } from '../../../shared/core/forwarding/check-rule.ts';
import { parseTarget } from '../../../shared/core/forwarding/parse-target.ts';
import type { Failure, Result } from '../../../shared/model/failure.ts';
import type { ForwardingRule, FunctionTarget } from '../../../shared/model/forwarding.ts';
import { UsageError } from '../command.ts';

/** Of a rule on the command line. */
export const RULE_OPTIONS = {
  name: { type: 'string' },
  topic: { type: 'string' },
  product: { type: 'string' },
  target: { type: 'string' },
  qualifier: { type: 'string' },
  payload: { type: 'string' },
  'batch-size': { type: 'string' },
  'batch-wait': { type: 'string' },
  order: { type: 'string' },
  priority: { type: 'string' },
} as const;

export type RuleValues = { [Name in keyof typeof RULE_OPTIONS]?: string | undefined };

/** @throws UsageError that names the option. */
export function ruleOfOptions(values: RuleValues): ForwardingRule {
  const { target } = values;
  const given = {
    name: values.name,
    topicFilter: values.topic,
    productKey: values.product,
    target: target && requireValid(parseTarget(target, values.qualifier ?? null)),
    payload: values.payload,
    batchSize: numberOf(values['batch-size']),
    batchWaitMs: numberOf(values['batch-wait']),
    order: values.order,
    priority: numberOf(values.priority),
  };
  return requireValid(checkRule(given));
}

/** One line, for people. */
export function ruleLine(rule: ForwardingRule): string {
  const { name, priority, topicFilter, productKey, target, order } = rule;
  const product = productKey === null ? '' : ` of ${productKey}`;
  const calls =
    rule.payload === 'body'
      ? 'the body alone'
      : `up to ${rule.batchSize} in a call within ${rule.batchWaitMs} ms`;
  const inOrder = order === 'device' ? ', in the order of each device' : '';
  return `${name}  (${priority})  ${topicFilter}${product} -> ${targetText(target)}, ${calls}${inOrder}\n`;
}

/** As --target has it. */
export function targetText(target: FunctionTarget): string {
  switch (target.kind) {
    case 'http':
      return target.url;
    case 'fc2':
      return `fc2:${target.serviceName}/${target.functionName}${qualified(target.qualifier)}`;
    case 'fc3':
    case 'lambda':
      return `${target.kind}:${target.functionName}${qualified(target.qualifier)}`;
  }
}

const qualified = (qualifier: string | null) =>
  qualifier === null ? '' : ` (qualifier ${qualifier})`;

/** What is no number is left for the check to refuse. */
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function requireValid<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new UsageError(problemOf(result.failure));
}

function problemOf(failure: Failure): string {
  if (failure.kind === 'missing-parameter') return `${optionOf(failure.parameter)} is missing.`;
  if (failure.kind === 'invalid-parameter') {
    return `${optionOf(failure.parameter)}: ${failure.reason}.`;
  }
  return failure.kind;
}

const optionOf = (member: string): string => `--${OPTIONS_OF_MEMBERS[member] ?? member}`;

const OPTIONS_OF_MEMBERS: Readonly<Record<string, keyof typeof RULE_OPTIONS>> = {
  topicFilter: 'topic',
  productKey: 'product',
  batchSize: 'batch-size',
  batchWaitMs: 'batch-wait',
};
