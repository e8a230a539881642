import { createMetrics } from '../../infra/forwarder/metrics.ts';
import { checkRule } from '../../shared/core/forwarding/check-rule.ts';
import { createForwarder } from '../../shared/core/forwarding/forwarder.ts';
import { readForwarderConfig } from '../../shared/runtime/forwarder-config.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { openFunctionTargets, openMessageSource } from '../../shared/runtime/open-forwarder.ts';
import { later } from '../../shared/runtime/wait.ts';

/** Ours, as infra/forwarder starts it, with one rule. */
const [amqpPort, httpPort, address = '', window, payload] = process.argv.slice(2);
const nowMs = Date.now;
const log = createLog({ level: 'error' });
const config = readForwarderConfig({
  MOORING_FORWARDER_SOURCE: `amqp://mooring:mooring@127.0.0.1:${amqpPort}`,
  MOORING_FORWARDER_ADDRESS: address,
  MOORING_FORWARDER_WINDOW: window,
});
const rule = checkRule({
  name: 'all',
  topicFilter: '/+/+/thing/#',
  target: `http://127.0.0.1:${httpPort}/in`,
  payload,
});
if (!rule.ok) throw new Error(JSON.stringify(rule.failure));
const rules = [rule.value];
const source = openMessageSource(config, { log, nowMs });
const forwarder = createForwarder({
  rules: () => rules,
  targets: openFunctionTargets(config),
  deadLetters: { kind: 'release' },
  window: config.window,
  calls: config.calls,
  onRoom: source.allow,
  metrics: createMetrics({ inHand: () => 0, isConnected: () => true }),
  later,
  nowMs,
  log,
});
source.allow(forwarder.room());
source.start(forwarder.take);
const timer = setInterval(() => {
  if (source.status() !== 'connected') return;
  clearInterval(timer);
  process.stdout.write('ready 0\n');
}, 10);
process.once('SIGTERM', () => process.exit(0));
