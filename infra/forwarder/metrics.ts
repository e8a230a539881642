import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ForwarderMetrics } from '../../shared/core/forwarding/forwarded.ts';

export type Metrics = ForwarderMetrics & {
  /** In Prometheus' text format. */
  text(): Promise<string>;
};

type Gauged = { inHand(): number; isConnected(): boolean };

/** `gauged` is asked at every scrape. */
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
  const seconds = new Histogram({
    name: 'mooring_forwarder_call_seconds',
    help: 'Calls of targets by rule and outcome: done, some-failed, throttled, failed or refused.',
    labelNames: ['rule', 'outcome'] as const,
    buckets: [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10, 30],
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
  const counts = new Map<string, { rule: string; outcome: string; count: number }>();
  return {
    settled: (outcome, rule) => {
      const key = `${rule} ${outcome}`;
      const known = counts.get(key);
      if (known) known.count += 1;
      else counts.set(key, { rule, outcome, count: 1 });
    },
    called: (outcome, rule, tookMs) => seconds.observe({ rule, outcome }, tookMs / 1000),
    text: () => {
      inHand.set(gauged.inHand());
      connected.set(gauged.isConnected() ? 1 : 0);
      messages.reset();
      for (const { rule, outcome, count } of counts.values())
        messages.inc({ rule, outcome }, count);
      return registry.metrics();
    },
  };
}
