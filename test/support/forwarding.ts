import { onTestFinished } from 'vitest';
import { createAmqpSource } from '../../shared/adapters/amqp/amqp-source.ts';
import { createHttpTarget } from '../../shared/adapters/http/http-target.ts';
import { checkRule } from '../../shared/core/forwarding/check-rule.ts';
import { createForwarder, type ForwarderParts } from '../../shared/core/forwarding/forwarder.ts';
import { amqpLogin } from '../../shared/core/signing/amqp-login.ts';
import type { ForwardingRule } from '../../shared/model/forwarding.ts';
import type { FunctionTargets } from '../../shared/ports/function-target.ts';
import { later } from '../../shared/runtime/wait.ts';
import { type AmqpGroup, GROUP_KEY } from './amqp-group.ts';
import { captureLog } from './captured-log.ts';

/** With defaults for what is left out: every topic, to nowhere. */
export function ruleOf(given: Partial<Record<keyof ForwardingRule, unknown>> = {}): ForwardingRule {
  const rule = checkRule({
    name: 'all',
    topicFilter: '#',
    target: 'http://127.0.0.1:1/',
    ...given,
  });
  if (!rule.ok) throw new Error(JSON.stringify(rule.failure));
  return rule.value;
}

function httpTargets(timeoutMs: number): FunctionTargets {
  const http = createHttpTarget({ timeoutMs });
  onTestFinished(() => http.close());
  return {
    invoke: async (target, call) => {
      if (target.kind !== 'http') throw new Error(`no ${target.kind} here`);
      return http.invoke(target, call);
    },
    close: http.close,
  };
}

/** A forwarder on a consumer group, until the test ends. */
export function startForwarding(
  group: Pick<AmqpGroup, 'port'>,
  parts: Partial<ForwarderParts> & { rules(): readonly ForwardingRule[] },
  clientId = 'c1',
  timeoutMs = 2000,
) {
  const log = captureLog();
  const nowMs = Date.now;
  const consumer = { ...GROUP_KEY, clientId, consumerGroupId: 'group1' };
  const source = createAmqpSource({
    endpoint: { host: '127.0.0.1', port: group.port, isTls: false },
    login: () => amqpLogin(consumer, nowMs()),
    clientId,
    later,
    randomFraction: () => 1,
    makeId: () => 'made-id',
    nowMs,
    log,
  });
  const forwarder = createForwarder({
    targets: httpTargets(timeoutMs),
    deadLetters: { kind: 'release' },
    window: 10,
    calls: 10,
    metrics: { settled: () => undefined, called: () => undefined },
    retryDelaysMs: [10, 20, 30],
    onRoom: source.allow,
    later,
    nowMs,
    log,
    ...parts,
  });
  source.allow(forwarder.room());
  source.start(forwarder.take);
  const stop = async (withinMs = 1000) => {
    source.pause();
    await forwarder.stop(withinMs);
    await source.stop();
  };
  onTestFinished(() => stop(0));
  return { source, forwarder, log, stop };
}
