import type { Terminal } from '../command.ts';
import { bodyText, printable } from '../message-line.ts';

/** What happens to a simulated device; `queued` is sent when it is connected again. `text` and payloads have no secret in them. */
export type DeviceEvent =
  | { event: 'connected' | 'lost' | 'subscribed' | 'refused' | 'failed'; text: string }
  | { event: 'sent' | 'queued' | 'acknowledged'; topic: string; payload: string }
  | { event: 'received'; topic: string; payload: Uint8Array };

export type Journal = (happened: DeviceEvent) => void;

/** A line for each event: JSON, all of it on standard output, or text, of which messages alone are. */
export function createJournal(
  { out, err }: Terminal,
  { asJson, nowMs }: { asJson: boolean; nowMs: () => number },
): Journal {
  return (happened) => {
    const time = new Date(nowMs()).toISOString();
    if (asJson) return out(`${JSON.stringify({ time, ...jsonOf(happened) })}\n`);
    const line = `${time} ${happened.event.padEnd(EVENT_WIDTH)} ${textOf(happened)}\n`;
    if ('text' in happened) err(line);
    else out(line);
  };
}

const EVENT_WIDTH = 'acknowledged'.length;

/** Payloads as text; bytes that are none in hex, under another name. */
function jsonOf(happened: DeviceEvent) {
  if (happened.event !== 'received') return happened;
  const { event, topic, payload } = happened;
  const text = bodyText(payload);
  const isText = Buffer.from(payload).toString('hex') !== text;
  return { event, topic, ...(isText || text === '' ? { payload: text } : { payloadHex: text }) };
}

function textOf(happened: DeviceEvent): string {
  if ('text' in happened) return printable(happened.text);
  const topic = printable(happened.topic);
  if (happened.event === 'acknowledged') return topic;
  const { payload } = happened;
  return `${topic} ${bodyText(typeof payload === 'string' ? Buffer.from(payload) : payload)}`;
}
