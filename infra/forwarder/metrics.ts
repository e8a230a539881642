import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ForwarderMetrics } from '../../shared/core/forwarding/forwarded.ts';
import { createCallTimes } from './call-times.ts';

export type Metrics = ForwarderMetrics & {
  /** In Prometheus' text format. */
  text(): Promise<string>;
};

type Gauged = { inHand(): number; isConnected(): boolean };

/** `gauged` is asked at every scrape. What happens with each message is counted here, and not by prom-client, whose labels cost too much for that. */
export function createMetrics(gauged: Gauged): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const messages = new Counter({
    name: 'mooring_forwarder_messages_total',
    help: 'Messages by rule and what became of them: accepted, released, rejected, dead-lettered, or unmatched by any rule.',
    labelNames: ['rule', 'outcome'] as const,
    registers,
  });
  const inHand = new Gauge({
    name: 'mooring_forwarder_in_hand_messages',
    help: 'Messages that are taken and not settled yet.',
    registers,
  });
  const connected = new Gauge({
    name: 'mooring_forwarder_source_connected',
    help: '1 while the source is connected.',
    registers,
  });
  const callTimes = createCallTimes();
  const counts = new Map<string, Map<string, number>>();
  return {
    settled: (outcome, rule) => {
      const ofRule = counts.get(rule) ?? new Map<string, number>();
      if (ofRule.size === 0) counts.set(rule, ofRule);
      ofRule.set(outcome, (ofRule.get(outcome) ?? 0) + 1);
    },
    called: callTimes.observe,
    text: async () => {
      inHand.set(gauged.inHand());
      connected.set(gauged.isConnected() ? 1 : 0);
      messages.reset();
      for (const [rule, ofRule] of counts) {
        for (const [outcome, count] of ofRule) messages.inc({ rule, outcome }, count);
      }
      return `${await registry.metrics()}\n${callTimes.text()}`;
    },
  };
}
