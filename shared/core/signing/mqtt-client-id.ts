import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';

/** A client id of the form `<clientId>|name=value,name=value|` (protocol.md 3.3). */
export type MqttClientId = {
  /** As sent: some clients sign all of it. May hold a token, so it is not for the log. */
  whole: string;
  /** What stands before the first pipe. */
  clientId: string;
  /** By their names in lower case; the last one wins where a name is repeated. */
  parameters: ReadonlyMap<string, string>;
};

const MAX_CLIENT_ID_CHARS = 64;

/**
 * Reads whatever a real SDK sends: white space and line breaks around every part, `||`, a comma
 * too many, a pipe inside a value (`lan=JS|Ali`), names that nobody knows (protocol.md 3.3, 3.4).
 * Refuses only a client id that is empty or over 64 characters before the first pipe.
 */
export function parseMqttClientId(whole: string): Result<MqttClientId> {
  const pipe = whole.indexOf('|');
  const clientId = (pipe === -1 ? whole : whole.slice(0, pipe)).trim();
  if (clientId === '') return malformed('the client id is empty');
  if (clientId.length > MAX_CLIENT_ID_CHARS) {
    return malformed(`the client id is longer than ${MAX_CLIENT_ID_CHARS} characters`);
  }
  const parameters = pipe === -1 ? new Map<string, string>() : parseParameters(whole.slice(pipe));
  return ok({ whole, clientId, parameters });
}

/** Value of a parameter; any case of the name will do (`authType`, `authtype`). */
export function clientIdParameter(id: MqttClientId, name: string): string | undefined {
  return id.parameters.get(name.toLowerCase());
}

function parseParameters(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const item of trimPipes(text).split(',')) {
    const equals = item.indexOf('=');
    if (equals === -1) continue;
    const name = item.slice(0, equals).trim().toLowerCase();
    parameters.set(name, item.slice(equals + 1).trim());
  }
  return parameters;
}

/** A loop, since a regular expression for the tail takes quadratic time over a long run of pipes. */
function trimPipes(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isPipeOrSpace(text.charAt(start))) start += 1;
  while (end > start && isPipeOrSpace(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isPipeOrSpace(char: string): boolean {
  return char === '|' || char.trim() === '';
}

function malformed(reason: string): Refusal {
  return refuse({ kind: 'malformed-request', reason });
}
