import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Handler } from '../../shared/model/http.ts';
import type { ServedGroups } from './amqp/served-groups.ts';
import type { LocalBroker } from './mqtt/broker.ts';

export type Metrics = {
  /** Counts the outcomes of a function's handler. */
  counted(name: string, handler: Handler): Handler;
  /** In Prometheus' text format. */
  text(): Promise<string>;
};

/** `backlog` gives the messages that wait for a consumer; it, the broker and the consumer groups are asked at every scrape. */
export function createMetrics(
  backlog: Backlogs,
  broker: Pick<LocalBroker, 'connections' | 'counts'>,
  groups?: Pick<ServedGroups, 'entries'>,
): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'mooring_requests_total',
    help: 'Requests by function and outcome: success, a kind of refusal, or fault.',
    labelNames: ['function', 'outcome'] as const,
    registers: [registry],
  });
  const counts: Count[] = [];
  const waiting = new Gauge({
    name: 'mooring_bus_backlog_messages',
    help: 'Messages that wait for a consumer.',
    labelNames: ['consumer'] as const,
    registers: [registry],
  });
  const publishBroker = createBrokerMetrics(registry, broker);
  const publishGroups = groups && createGroupMetrics(registry, groups);
  return {
    counted: (name, handler) => {
      const outcomes = new Map<string, number>();
      counts.push({ name, outcomes });
      return async (request) => {
        const reply = await handler(request);
        const outcome = reply.outcome ?? 'unknown';
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        return reply;
      };
    },
    text: async () => {
      publishCounts(requests, counts);
      await publishBacklogs(waiting, backlog);
      publishBroker();
      publishGroups?.();
      return registry.metrics();
    },
  };
}

type Backlogs = Readonly<Record<string, () => Promise<number>>>;

/** A bus that does not answer leaves its counts out, and not those of everything else. */
async function publishBacklogs(waiting: Gauge<'consumer'>, backlogs: Backlogs): Promise<void> {
  const counts = Object.entries(backlogs).map(async ([consumer, count]) => {
    try {
      waiting.set({ consumer }, await count());
    } catch {
      waiting.remove({ consumer });
    }
  });
  await Promise.all(counts);
}

/** Of the embedded broker. */
function createBrokerMetrics(
  registry: Registry,
  { connections, counts }: Pick<LocalBroker, 'connections' | 'counts'>,
): () => void {
  const registers = [registry];
  const connected = new Gauge({
    name: 'mooring_mqtt_connections',
    help: 'Devices that are connected to the embedded broker.',
    registers,
  });
  const signIns = new Counter({
    name: 'mooring_mqtt_sign_ins_total',
    help: 'Sign-ins over MQTT by outcome: success, or a kind of refusal.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const messages = new Counter({
    name: 'mooring_mqtt_messages_total',
    help: 'Messages of devices (up) and to devices (down) by what became of them.',
    labelNames: ['direction', 'outcome'] as const,
    registers,
  });
  return () => {
    connected.set(connections());
    signIns.reset();
    for (const [outcome, count] of counts.signIns.entries()) signIns.inc({ outcome }, count);
    messages.reset();
    for (const [direction, tally] of [
      ['up', counts.uplinks],
      ['down', counts.downlinks],
    ] as const) {
      for (const [outcome, count] of tally.entries()) messages.inc({ direction, outcome }, count);
    }
  };
}

/** Of the consumer groups that have consumers or messages. */
function createGroupMetrics(registry: Registry, groups: Pick<ServedGroups, 'entries'>): () => void {
  const registers = [registry];
  const labelNames = ['group'] as const;
  const consumers = new Gauge({
    name: 'mooring_amqp_consumers',
    help: 'Connected consumers of a consumer group.',
    labelNames,
    registers,
  });
  const backlog = new Gauge({
    name: 'mooring_amqp_backlog_messages',
    help: 'Messages that a consumer group has still to get and could not be given as they came.',
    labelNames,
    registers,
  });
  return () => {
    consumers.reset();
    backlog.reset();
    for (const [group, { clients, waiting }] of groups.entries()) {
      consumers.set({ group }, clients.size);
      backlog.set({ group }, waiting());
    }
  };
}

/** Counted in a map and handed to the counter at a scrape: looking its labels up costs too much for every request. */
type Count = { name: string; outcomes: Map<string, number> };

function publishCounts(requests: Counter<'function' | 'outcome'>, counts: readonly Count[]): void {
  requests.reset();
  for (const { name, outcomes } of counts) {
    for (const [outcome, count] of outcomes) requests.inc({ function: name, outcome }, count);
  }
}
