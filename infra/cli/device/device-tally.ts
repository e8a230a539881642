import type { MqttClient } from 'mqtt';
import type { DeviceEvent } from './journal.ts';

/** What many devices did. `connected` is the most at once, `posted` all that they published. */
type Counts = {
  devices: number;
  connected: number;
  posted: number;
  acknowledged: number;
  received: number;
  errors: number;
};

export type DeviceTally = ReturnType<typeof createTally>;

/** Of errors that are told at the end. */
const MOST_REASONS = 10;

export function createTally(devices: number) {
  const none = { connected: 0, posted: 0, acknowledged: 0, received: 0, errors: 0 };
  const counts: Counts = { devices, ...none };
  const reasons = new Map<string, number>();
  let online = 0;
  const fail = (reason: string): void => {
    counts.errors += 1;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  };
  const count = (change: 1 | -1): void => {
    online += change;
    counts.connected = Math.max(counts.connected, online);
  };
  return {
    counts,
    fail,
    note: (happened: DeviceEvent): void => {
      if (happened.event === 'sent' || happened.event === 'queued') counts.posted += 1;
      if (happened.event === 'acknowledged') counts.acknowledged += 1;
      if (happened.event === 'received') counts.received += 1;
    },
    /** Of a client that is connected. */
    follow: (client: MqttClient): void => followConnection(client, count),
    text: (): string => `${online} of ${countsText(counts)}`,
    totals: (): string => `at most ${counts.connected} of ${countsText(counts)}`,
    /** The reasons of errors, each with how often. */
    reasons: (): readonly string[] =>
      [...reasons].slice(0, MOST_REASONS).map(([reason, times]) => `${times} × ${reason}`),
  };
}

/** A client closes at each attempt that fails, too. */
function followConnection(client: MqttClient, count: (change: 1 | -1) => void): void {
  let isOnline = true;
  count(1);
  client.on('connect', () => {
    if (!isOnline) count(1);
    isOnline = true;
  });
  client.on('close', () => {
    if (isOnline) count(-1);
    isOnline = false;
  });
}

function countsText({ devices, posted, acknowledged, received, errors }: Counts): string {
  return `${devices} connected, ${posted} posted, ${acknowledged} acknowledged, ${received} received, ${errors} errors`;
}
