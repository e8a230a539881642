import { SealError } from '../../shared/core/sealing/sealing.ts';
import { ConfigError } from '../../shared/runtime/config.ts';
import { KeyFileError } from '../../shared/runtime/key-file.ts';
import { ACTIONS } from './actions.ts';
import { ACTION_USAGE, callAction, suggestAction } from './call-action.ts';
import { type Command, type CommandContext, CommandError, UsageError } from './command.ts';
import { accessKeys } from './commands/access-keys.ts';
import { deadLetters } from './commands/dead-letters.ts';
import { device } from './commands/device.ts';
import { devices } from './commands/devices.ts';
import { importAliyun } from './commands/import-aliyun.ts';
import { keys } from './commands/keys.ts';
import { rebuildIndexes } from './commands/rebuild-indexes.ts';
import { rules } from './commands/rules.ts';
import { sign } from './commands/sign.ts';
import { tables } from './commands/tables.ts';
import { tail } from './commands/tail.ts';

const COMMANDS: Readonly<Record<string, Command>> = {
  tail,
  sign,
  keys,
  'dead-letters': deadLetters,
  'rebuild-indexes': rebuildIndexes,
  devices,
  device,
  rules,
  import: importAliyun,
  tables,
  'access-keys': accessKeys,
};

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Runs one command line, without the program's own name, and resolves to the exit code. */
export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  try {
    return await dispatch(args, context);
  } catch (error) {
    return report(error, args, context);
  }
}

async function dispatch(args: readonly string[], context: CommandContext): Promise<number> {
  const [name, ...rest] = args;
  const { terminal } = context;
  if (name === undefined) {
    terminal.err(overview());
    return EXIT_USAGE;
  }
  if (isHelp(name)) return printed(terminal.out, overview());
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command && !isAction(name)) {
    const suggested = suggestAction(name, Object.keys(COMMANDS));
    throw new UsageError(`There is no command "${name}".${suggested}`);
  }
  if (rest.some(isHelp)) return printed(terminal.out, command?.usage ?? actionUsage(name));
  return command ? command.run(rest, context) : callAction(name, rest, context);
}

function printed(write: (text: string) => void, text: string): number {
  write(text);
  return 0;
}

function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h';
}

/** Actions are told by their capital letter: the endpoint knows which there are. */
function isAction(name: string): boolean {
  return /^[A-Z][A-Za-z0-9]*$/.test(name);
}

function actionUsage(action: string): string {
  const parameters = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (parameters === undefined) return ACTION_USAGE;
  return `${action}: ${parameters}\n\n${ACTION_USAGE}`;
}

function overview(): string {
  const commands = Object.entries(COMMANDS);
  const lines = commands.map(([name, { summary }]) => `  ${name.padEnd(NAME_WIDTH)} ${summary}`);
  return `Usage: mooring <Action> [--Param value ...]   call the OpenAPI, of Mooring or of Alibaba Cloud
       mooring <command> [options]

Commands
${lines.join('\n')}

Actions that Mooring serves
  ${Object.keys(ACTIONS).join('\n  ')}

mooring <command> --help and mooring <Action> --help say more.
`;
}

const NAME_WIDTH = 16;

/** Faults keep their stack: they are for a bug report. */
function report(
  error: unknown,
  [name = '']: readonly string[],
  { terminal }: CommandContext,
): number {
  if (error instanceof UsageError) {
    const known = Object.hasOwn(COMMANDS, name) || isAction(name);
    terminal.err(`mooring: ${error.message}\nSee mooring ${known ? `${name} ` : ''}--help\n`);
    return EXIT_USAGE;
  }
  if (isExplained(error)) {
    terminal.err(`mooring: ${error.message}\n`);
    return EXIT_FAILED;
  }
  terminal.err(`mooring: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  return EXIT_FAILED;
}

function isExplained(error: unknown): error is Error {
  return (
    error instanceof CommandError ||
    error instanceof ConfigError ||
    error instanceof KeyFileError ||
    error instanceof SealError
  );
}
