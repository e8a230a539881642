import { ok, type Result, refuse } from '../../shared/model/failure.ts';

/** What a client sent, query and form merged. Names are looked up in any case (protocol.md 7.1). */
export type Parameters = {
  find(name: string): string | undefined;
  /** How many items are sent of the list `Name.1`, `Name.2` or `Name.1.Member`, however they are numbered. */
  countItems(name: string): number;
};

/** Turns the text of a parameter into a value, or says what is wrong with it: that it has another type than the platform's gateway knows it by, or else. */
export type Decode<T> = (text: string) => { value: T } | { reason: string; isOtherType?: boolean };

export type Reader<T> = (parameters: Parameters) => Result<T>;

export function createParameters(sent: Readonly<Record<string, string>>): Parameters {
  const exact = new Map(Object.entries(sent));
  const anyCase = new Map(Object.entries(sent).map(([name, text]) => [name.toLowerCase(), text]));
  return {
    find: (name) => exact.get(name) ?? anyCase.get(name.toLowerCase()),
    countItems: (name) => {
      const prefix = `${name.toLowerCase()}.`;
      const items = [...anyCase.keys()].filter((key) => key.startsWith(prefix));
      return new Set(items.map((key) => key.slice(prefix.length).split('.', 1)[0])).size;
    },
  };
}

/** An empty parameter counts as absent here and below. */
export function required<T>(name: string, decode: Decode<T>): Reader<T> {
  return (parameters) => {
    const text = parameters.find(name);
    return text ? decodeParameter(name, text, decode) : missing(name);
  };
}

export function optional<T>(name: string, decode: Decode<T>): Reader<T | undefined> {
  return (parameters) => {
    const text = parameters.find(name);
    return text ? decodeParameter(name, text, decode) : ok(undefined);
  };
}

export function withDefault<T>(name: string, decode: Decode<T>, fallback: T): Reader<T> {
  return (parameters) => {
    const text = parameters.find(name);
    return text ? decodeParameter(name, text, decode) : ok(fallback);
  };
}

/**
 * The items of `Name.1`, `Name.2` and so on, each read under its own name (`Name.7`); none is an
 * empty list. Refuses more than `most` before it reads any, and a gap as the item that is missing.
 */
export function list<T>(
  name: string,
  most: number,
  item: (itemName: string) => Reader<T>,
): Reader<readonly T[]> {
  return (parameters) => {
    const count = parameters.countItems(name);
    if (count > most) return tooMany(name, most);
    const values: T[] = [];
    for (let number = 1; number <= count; number += 1) {
      const result = item(`${name}.${number}`)(parameters);
      if (!result.ok) return result;
      values.push(result.value);
    }
    return ok(values);
  };
}

function tooMany(name: string, most: number) {
  return refuse({ kind: 'invalid-parameter', parameter: `${name}.N`, reason: `at most ${most}` });
}

/** Several readers at once: an object of what they read, or the first refusal. */
export function readAll<Readers extends Readonly<Record<string, Reader<unknown>>>>(
  readers: Readers,
  parameters: Parameters,
): Result<ReadBy<Readers>> {
  const values: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(readers)) {
    const result = read(parameters);
    if (!result.ok) return result;
    values[name] = result.value;
  }
  // What each reader gave under its own name: a mapped type that no loop can build.
  return ok(values as ReadBy<Readers>);
}

export function missing(parameter: string) {
  return refuse({ kind: 'missing-parameter', parameter });
}

type ReadBy<Readers> = {
  [Name in keyof Readers]: Readers[Name] extends Reader<infer T> ? T : never;
};

function decodeParameter<T>(parameter: string, text: string, decode: Decode<T>): Result<T> {
  const decoded = decode(text);
  if ('value' in decoded) return ok(decoded.value);
  const kind = decoded.isOtherType ? 'parameter-type' : 'invalid-parameter';
  return refuse({ kind, parameter, reason: decoded.reason });
}
