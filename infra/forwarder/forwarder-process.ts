import { createForwarder } from '../../shared/core/forwarding/forwarder.ts';
import { openRuleBook } from '../../shared/core/forwarding/rule-book.ts';
import type { ForwarderConfig } from '../../shared/runtime/forwarder-config.ts';
import { createLog } from '../../shared/runtime/log.ts';
import {
  openDeadLetters,
  openFunctionTargets,
  openMessageSource,
} from '../../shared/runtime/open-forwarder.ts';
import { later } from '../../shared/runtime/wait.ts';
import { startHttpEndpoints } from './http-endpoints.ts';
import { createMetrics } from './metrics.ts';
import type { RuleSource } from './rule-source.ts';

export type ForwarderProcess = {
  /** Of health and metrics. */
  url: string;
  ruleCount: number;
  /** Takes no more, ends what is in hand within its time, tells the source, and closes everything. */
  stop(): Promise<void>;
};

/** Rejects where the rules cannot be read or the port is taken; a source that is away is waited for. */
export async function startForwarder(
  config: ForwarderConfig,
  ruleSource: RuleSource,
): Promise<ForwarderProcess> {
  const nowMs = () => Date.now();
  const log = createLog({ level: config.logLevel });
  const targets = openFunctionTargets(config);
  const deadLetters = openDeadLetters(config, targets, { nowMs });
  const source = openMessageSource(config, { log, nowMs });
  const metrics = createMetrics({
    inHand: () => forwarder.inHand(),
    isConnected: () => source.status() === 'connected',
  });
  const book = await openRuleBook({
    read: ruleSource.read,
    onChange: () => source.allow(forwarder.room()),
    later,
    log,
  });
  const forwarder = createForwarder({
    rules: book.rules,
    targets,
    deadLetters,
    window: config.window,
    calls: config.calls,
    onRoom: source.allow,
    metrics,
    later,
    nowMs,
    log,
  });
  const endpoints = await startHttpEndpoints({
    ...config.http,
    status: source.status,
    metrics: metrics.text,
  });
  const ruleCount = book.rules().length;
  if (ruleCount === 0)
    log.warn({}, 'there are no forwarding rules: nothing is taken until there are');
  source.allow(forwarder.room());
  source.start(forwarder.take);
  return {
    url: endpoints.url,
    ruleCount,
    stop: async () => {
      book.stop();
      source.pause();
      log.info({ inHand: forwarder.inHand() }, 'the forwarder takes no more, and ends what it has');
      await forwarder.stop(config.drainMs);
      await source.stop();
      if (deadLetters.kind === 'send') await deadLetters.sink.close();
      await targets.close();
      await endpoints.stop();
      await ruleSource.close();
    },
  };
}
