import type { MqttClient } from 'mqtt';
import { inGroups } from '../../../shared/core/records/in-groups.ts';
import type { DeviceScript } from './device-script.ts';
import type { Journal } from './journal.ts';
import { type Connecting, openConnection } from './mqtt-connection.ts';
import { reactTo } from './react.ts';
import { followShadow } from './shadow-report.ts';
import { type DeviceName, type Outgoing, ownTopic } from './simulated-device.ts';
import { downlinkFilters, eventPost, propertyPost } from './uplinks.ts';

export type RunningDevice = {
  /** Resolves when everything that was published is acknowledged; what never is, is not waited for. */
  stop(): Promise<void>;
};

export type DeviceRun = {
  connecting: Omit<Connecting, 'prepare'>;
  script: DeviceScript;
  journal: Journal;
  /** Told as soon as the device is connected. */
  onClient(client: MqttClient): void;
};

/**
 * Connects a device and plays its script. Resolves when it has subscribed and begun.
 * @throws CommandError as openConnection.
 */
export async function runDevice(run: DeviceRun): Promise<RunningDevice> {
  const device = run.connecting.name;
  // What waited for the device may come with the very answer to CONNECT.
  const early: [string, Uint8Array][] = [];
  let take = (topic: string, payload: Uint8Array): void => void early.push([topic, payload]);
  const prepare = (one: MqttClient) => one.on('message', (topic, payload) => take(topic, payload));
  const client = await openConnection({ ...run.connecting, prepare });
  run.onClient(client);
  const session = { ...run, client, device };
  const outbox = createOutbox(session);
  const newId = countFrom(1);
  const shadow = followShadow({ device, script: run.script, publish: outbox.publish });
  take = createReaction(session, { newId, shadow, publish: outbox.publish });
  for (const arrived of early) take(...arrived);
  const listen = () => subscribe(session);
  await listen();
  client.on('connect', listen);
  shadow.begin();
  const stopPosting = playScript(session, newId, outbox.publish);
  return {
    stop: async () => {
      stopPosting();
      client.off('connect', listen);
      const settled = shadow.answered.then(outbox.settle);
      const isSettled = client.connected && (await isWithin(SETTLE_MS, settled));
      // A broker may cut the connection off at DISCONNECT: no fault of a device that has asked to end.
      client.removeAllListeners('error').on('error', () => undefined);
      // Unless it is forced, the client waits for what is unacknowledged, without an end.
      await client.endAsync(!isSettled);
    },
  };
}

type Session = DeviceRun & { client: MqttClient; device: DeviceName };
type Publish = (outgoing: Outgoing) => void;

function createReaction(
  { device, script, journal }: Session,
  {
    newId,
    shadow,
    publish,
  }: { newId: () => string; shadow: ReturnType<typeof followShadow>; publish: Publish },
) {
  const reacting = { device, answers: script.answers, newId };
  const answered = new Set<string>();
  return (topic: string, payload: Uint8Array): void => {
    journal({ event: 'received', topic, payload });
    shadow.take(topic, payload);
    // On a broker that sends a device what it published itself, an RRPC would be answered for ever.
    if (topic.startsWith('/ext/rrpc/') && !addOnce(topic, answered)) return;
    for (const outgoing of reactTo({ topic, payload }, reacting)) publish(outgoing);
  };
}

/** Returns what ends the repeated posts. */
function playScript(
  { device, script }: Session,
  newId: () => string,
  publish: Publish,
): () => void {
  for (const { topic, payload } of script.messages) {
    publish({ topic: ownTopic(topic, device), payload });
  }
  for (const event of script.events) publish(eventPost(device, event, newId()));
  const post = () => {
    for (const params of script.posts) publish(propertyPost(device, params, newId()));
  };
  post();
  if (script.everyMs === undefined) return () => undefined;
  const posting = setInterval(post, script.everyMs);
  return () => clearInterval(posting);
}

function createOutbox({ client, script, journal }: Session) {
  const pending = new Set<Promise<void>>();
  const publish = ({ topic, payload }: Outgoing): void => {
    journal({ event: 'sent', topic, payload });
    // At QoS 0 the client calls back before it returns.
    const published = new Promise<void>((resolve) => {
      client.publish(topic, payload, { qos: script.qos }, (error) => {
        if (error) journal({ event: 'failed', text: `publish to ${topic}: ${error.message}` });
        else if (script.qos === 1) journal({ event: 'acknowledged', topic, payload });
        resolve();
      });
    });
    pending.add(published);
    void published.then(() => pending.delete(published));
  };
  return { publish, settle: () => Promise.all(pending) };
}

/** A message over its rate is never acknowledged (protocol.md 3.9), and nobody has to answer. */
const SETTLE_MS = 5000;

async function isWithin(mostMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, mostMs, false);
  });
  const isDone = await Promise.race([work.then(() => true), tooLate]);
  clearTimeout(timer);
  return isDone;
}

/** At most so many in one packet (protocol.md 3.9). */
const FILTERS_AT_ONCE = 8;

/** Refused filters are told, and no fault. */
async function subscribe({ client, device, script, journal }: Session): Promise<void> {
  const wanted = [...downlinkFilters(device), ...script.filters].map((filter) =>
    ownTopic(filter, device),
  );
  for (const filters of inGroups(wanted, FILTERS_AT_ONCE)) {
    const error = await new Promise<unknown>((resolve) => {
      client.subscribe([...filters], { qos: 1 }, (cause) => resolve(cause ?? undefined));
    });
    const grants = error === undefined ? undefined : grantsIn(error);
    const refused = filters.filter((_, at) => grants && (grants[at] ?? REFUSED) >= REFUSED);
    for (const filter of refused) journal({ event: 'refused', text: `subscription to ${filter}` });
    const granted = filters.length - refused.length;
    journal({ event: 'subscribed', text: granted === 1 ? '1 topic' : `${granted} topics` });
  }
}

/** Of SUBACK. */
const REFUSED = 0x80;

/** None where no SUBACK came. */
function grantsIn(error: unknown): readonly number[] {
  const packet: unknown =
    typeof error === 'object' && error !== null && Reflect.get(error, 'packet');
  const granted: unknown =
    typeof packet === 'object' && packet !== null && Reflect.get(packet, 'granted');
  return Array.isArray(granted) ? granted.map(Number) : [];
}

function addOnce(topic: string, known: Set<string>): boolean {
  if (known.has(topic)) return false;
  if (known.size >= MOST_KNOWN_TOPICS) known.clear();
  known.add(topic);
  return true;
}

const MOST_KNOWN_TOPICS = 1000;

function countFrom(first: number): () => string {
  let next = first;
  return () => String(next++);
}
