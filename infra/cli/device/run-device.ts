import type { MqttClient } from 'mqtt';
import type { DeviceScript } from './device-script.ts';
import type { Journal } from './journal.ts';
import { type Connecting, openConnection } from './mqtt-connection.ts';
import { reactTo } from './react.ts';
import { refusalIn } from './refused-reply.ts';
import { followShadow } from './shadow-report.ts';
import { type DeviceName, type Outgoing, ownTopic } from './simulated-device.ts';
import { subscribe } from './subscribe.ts';
import { eventPost, propertyPost } from './uplinks.ts';

export type RunningDevice = {
  /** Resolves when everything that was published is acknowledged; what is not after 5 s has failed. */
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
  client.on('connect', listen);
  await listen();
  shadow.begin();
  const stopPosting = playScript(session, newId, outbox.publish);
  return {
    stop: async () => {
      stopPosting();
      client.off('connect', listen);
      const settled = shadow.answered.then(outbox.settle);
      const isSettled = client.connected && (await isWithin(SETTLE_MS, settled));
      if (!isSettled) outbox.giveUp();
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
    const refusal = refusalIn({ topic, payload });
    if (refusal !== undefined) journal({ event: 'failed', text: refusal });
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
  const pending = new Map<Promise<void>, string>();
  const publish = ({ topic, payload }: Outgoing): void => {
    journal({ event: client.connected ? 'sent' : 'queued', topic, payload });
    // At QoS 0 the client calls back before it returns.
    const published = new Promise<void>((resolve) => {
      client.publish(topic, payload, { qos: script.qos }, (error) => {
        if (error) journal({ event: 'failed', text: `publish to ${topic}: ${error.message}` });
        else if (script.qos === 1) journal({ event: 'acknowledged', topic, payload });
        resolve();
      });
    });
    pending.set(published, topic);
    void published.then(() => pending.delete(published));
  };
  return {
    publish,
    settle: () => Promise.all(pending.keys()),
    giveUp: () => {
      for (const topic of pending.values())
        journal({ event: 'failed', text: `${topic}: ${UNACKNOWLEDGED}` });
    },
  };
}

const UNACKNOWLEDGED = 'not acknowledged; the log of the server may say why';

/** What is refused is never acknowledged (protocol.md 3.9), and nobody has to answer. */
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
