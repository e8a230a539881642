import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './command.ts';
import { suggestion } from './nearest.ts';

export type OptionTable = NonNullable<ParseArgsConfig['options']>;

/**
 * `parseArgs`, with errors that name the nearest option and the `rule` that unknown ones may have
 * broken. Positionals are for the command to check.
 */
export function parseOptions<Options extends OptionTable>(
  args: readonly string[],
  options: Options,
  rule = '',
) {
  refuseUnknown(args, options, rule);
  try {
    refuseRepeated(args, options);
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

/** The value of an option that the command cannot do without. */
export function requireOption<T>(value: T | undefined, name: string): T {
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing.`);
  return value;
}

export function refusePositionals(positionals: readonly string[]): void {
  const [first] = positionals;
  if (first !== undefined) {
    throw new UsageError(`"${first}" stands where an option was expected; options begin with --.`);
  }
}

/** The one positional that the command takes; undefined without it. */
export function onlyPositional([first, extra]: readonly string[]): string | undefined {
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many.`);
  return first;
}

/** parseArgs would take the last and be silent about the others. */
function refuseRepeated(args: readonly string[], options: OptionTable): void {
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, tokens: true });
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option' || options[token.name]?.multiple) continue;
    if (given.has(token.name)) throw new UsageError(`--${token.name} is given twice.`);
    given.add(token.name);
  }
}

/** Strict parsing takes no value that begins with a dash, so whatever does is an option. */
function refuseUnknown(args: readonly string[], options: OptionTable, rule: string): void {
  const names = Object.keys(options);
  for (const arg of args) {
    if (arg === '--') return;
    if (!arg.startsWith('--')) continue;
    const name = arg.slice(2).split('=', 1)[0] ?? '';
    if (names.includes(name)) continue;
    const known = names.map((option) => `--${option}`);
    const suggested = suggestion(`--${name}`, known);
    throw new UsageError(`There is no option --${name} here.${rule}${suggested}`);
  }
}
