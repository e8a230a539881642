import { Buffer, isUtf8 } from 'node:buffer';
import type { Message } from '../../shared/model/message.ts';

/** One line for a message: time, kind, topic, messageId and body. Colour sets the body off. */
export function messageLine(message: Message, color: boolean): string {
  const { generateTimeMs, kind, topic, messageId } = message;
  const time = new Date(generateTimeMs).toISOString();
  const head = `${time} ${kind.padEnd(KIND_WIDTH)} ${printable(topic)} ${messageId}`;
  const body = bodyText(message.body);
  return color ? `${DIM}${head}${PLAIN} ${body}` : `${head} ${body}`;
}

const KIND_WIDTH = 'property'.length;
const DIM = '\u001b[2m';
const PLAIN = '\u001b[0m';

/** JSON on one line, other text as it is, anything else in hex. */
export function bodyText(body: Uint8Array): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!isUtf8(bytes)) return bytes.toString('hex');
  const text = bytes.toString('utf8');
  // Inside a JSON string these are always escaped, so they can only be layout.
  const line = isJson(text) ? text.replace(/\s*[\r\n\t]\s*/g, ' ') : text;
  return CONTROL.test(line) ? bytes.toString('hex') : line;
}

/** A device must not move the cursor or change the title of a terminal that shows its messages. */
const CONTROL = /\p{Cc}/u;
const EVERY_CONTROL = new RegExp(CONTROL, 'gu');

/** Text that a device had a say in, with `?` for each control character: topics may hold them. */
export function printable(text: string): string {
  return text.replace(EVERY_CONTROL, '?');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
