import type { EventBody, Message, PropertyBody, StatusBody } from '../../shared/model/message.ts';
import type { FailedDelivery } from '../../shared/ports/message-bus.ts';

/** A message of the bus with its body read. */
export type Report =
  | { kind: 'property'; message: Message; body: PropertyBody }
  | { kind: 'event'; message: Message; body: EventBody }
  | { kind: 'status'; message: Message; body: StatusBody };

export type ReadReports = { reports: Report[]; unreadable: FailedDelivery[] };

/**
 * Reads the messages that are recorded; the others count only as a sign of life. One that cannot be
 * read is given back by itself, and holds up no other.
 */
export function readReports(messages: readonly Message[]): ReadReports {
  const read: ReadReports = { reports: [], unreadable: [] };
  for (const message of messages) {
    try {
      const report = readReport(message);
      if (report) read.reports.push(report);
    } catch (error) {
      read.unreadable.push({ messageId: message.messageId, reason: String(error) });
    }
  }
  return read;
}

function readReport(message: Message): Report | undefined {
  switch (message.kind) {
    case 'property':
      return { kind: 'property', message, body: bodyOf(message) };
    case 'event':
      return { kind: 'event', message, body: bodyOf(message) };
    case 'status':
      return { kind: 'status', message, body: bodyOf(message) };
    case 'uplink':
    case 'reply':
    case 'tags':
    case 'lifecycle':
    case 'topology':
    case 'found':
    case 'ota_version':
    case 'ota_result':
      return undefined;
  }
}

/** Mooring wrote this JSON itself: its shape is fixed by the kind. */
function bodyOf<Body>({ body }: Message): Body {
  const { buffer, byteOffset, byteLength } = body;
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString('utf8')) as Body;
}
