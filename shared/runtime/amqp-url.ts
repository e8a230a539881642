import { type Reading, textOf } from './environment.ts';

/** `amqp://user:password@host:port/vhost`: holds a password. The messages never show the value. */
export function readAmqpUrl(name: string, { env, problems }: Reading): string | undefined {
  const text = textOf(env, name);
  if (text === undefined || isAmqpUrl(text)) return text;
  problems.push(`${name} is not of the form ${FORM}; example: ${name}=${EXAMPLE}`);
  return undefined;
}

/** Undefined for the bus that goes with the store. */
export function readBusUrl({ env, problems }: Reading): string | undefined {
  const text = textOf(env, 'MOORING_BUS');
  if (text === undefined || text === OWN_BUS) return undefined;
  if (isAmqpUrl(text)) return text;
  problems.push(
    `MOORING_BUS is neither ${OWN_BUS} nor of the form ${FORM}; example: MOORING_BUS=${EXAMPLE}`,
  );
  return undefined;
}

const OWN_BUS = 'lmdb';
const FORM = 'amqp://user:password@host:5672, with % and / in the password as %25 and %2F';
const EXAMPLE = 'amqp://mooring:secret@127.0.0.1:5672';

/** As whoever connects will read it: an error of its parser would carry the value into the log. */
function isAmqpUrl(text: string): boolean {
  if (!/^amqps?:\/\/\S+$/.test(text) || !URL.canParse(text)) return false;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
