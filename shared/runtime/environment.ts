export type Environment = Readonly<Record<string, string | undefined>>;

/** `problems` are collected, so that all of them are told at once. */
export type Reading = { env: Environment; problems: string[] };

/** An empty variable counts as unset. */
export function textOf(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

/** Without the members that are undefined. */
export function present<T extends Readonly<Record<string, string | undefined>>>(
  texts: T,
): { [Name in keyof T]?: string } {
  const entries = Object.entries(texts).filter(([, text]) => text !== undefined);
  // A mapped type that no loop can build.
  return Object.fromEntries(entries) as { [Name in keyof T]?: string };
}

/** The address of a server, without a path. */
export function readOrigin(
  name: string,
  example: string,
  { env, problems }: Reading,
): string | undefined {
  const text = textOf(env, name);
  if (text === undefined || ORIGIN.test(text)) return text;
  problems.push(
    `${name} is "${text}", not of the form http://host:port or https://host; example: ${name}=${example}`,
  );
  return undefined;
}

const ORIGIN = /^https?:\/\/[^/\s]+\/?$/;
