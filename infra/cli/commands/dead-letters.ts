import type { DeadLetter, DeadLetters } from '../../../shared/ports/message-bus.ts';
import { type Command, CommandError, type Terminal, UsageError } from '../command.ts';
import { DATA_DIR_OPTION, DATA_DIR_USAGE, folderConfig, withBus } from '../folder.ts';
import { messageLine, printable } from '../message-line.ts';
import { suggestion } from '../nearest.ts';
import { onlyPositional, parseOptions, requireOption } from '../options.ts';

/** `mooring dead-letters`: what a consumer failed on to the last retry. */
export const deadLetters: Command = {
  summary: 'list or replay messages that a consumer gave up on',
  usage: `Usage: mooring dead-letters list   --consumer NAME [--limit N] [--data-dir DIR]
       mooring dead-letters replay --consumer NAME [--message-id ID] [--data-dir DIR]

list shows the messages that failed to the last retry, oldest first, with the reason. replay puts
one of them, or all, back before the consumer, which then tries them as if they were new. With
MOORING_BUS set they are those of that RabbitMQ.

  --consumer NAME      thing-recorder or shadow-updater
  --message-id ID      only this message
  --limit N            most messages listed (default 100)
${DATA_DIR_USAGE}
`,
  run: async (args, { terminal, readConfig }) => {
    const { values, positionals } = parseOptions(args, OPTIONS);
    const consumer = requireOption(values.consumer, 'consumer');
    const act = actionOf(positionals);
    const limit = limitOf(values.limit);
    return withBus(folderConfig(readConfig(), values['data-dir']), ({ deadLetters: letters }) =>
      act({ letters, consumer, terminal, limit, messageId: values['message-id'] }),
    );
  },
};

const OPTIONS = {
  ...DATA_DIR_OPTION,
  consumer: { type: 'string' },
  'message-id': { type: 'string' },
  limit: { type: 'string' },
} as const;

const LISTED = 100;
const REPLAYED_AT_ONCE = 100_000;

type Task = {
  letters: DeadLetters;
  consumer: string;
  terminal: Terminal;
  limit: number;
  messageId: string | undefined;
};

function actionOf(positionals: readonly string[]): (task: Task) => Promise<number> {
  const name = onlyPositional(positionals);
  if (name === 'list') return list;
  if (name === 'replay') return replay;
  if (name === undefined) throw new UsageError('Say list or replay.');
  throw new UsageError(`There is no "${name}" here.${suggestion(name, ['list', 'replay'])}`);
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return LISTED;
  const limit = Number(text);
  if (/^\d{1,6}$/.test(text) && limit > 0) return limit;
  throw new UsageError(`--limit is "${text}", not a number from 1 to 999999.`);
}

async function list({ letters, consumer, terminal, limit, messageId }: Task): Promise<number> {
  const found = await letters.list(consumer, messageId === undefined ? limit : REPLAYED_AT_ONCE);
  const shown = found.filter(({ message }) => !messageId || message.messageId === messageId);
  for (const letter of shown) terminal.out(letterLines(letter, terminal.hasColor));
  if (shown.length === 0) terminal.err(`${consumer} has no such dead letters.\n`);
  return 0;
}

function letterLines({ message, reason, attempts, diedAtMs }: DeadLetter, color: boolean): string {
  const died = new Date(diedAtMs).toISOString();
  return `${messageLine(message, color)}\n    given up ${died} after ${attempts} attempts: ${printable(reason)}\n`;
}

/** Those that are dead when it begins: what fails again meanwhile stays for the next call. */
async function replay({ letters, consumer, terminal, messageId }: Task): Promise<number> {
  if (messageId !== undefined) {
    if (await letters.replay(consumer, messageId)) {
      terminal.out(`1 message goes to ${consumer} again.\n`);
      return 0;
    }
    throw new CommandError(`${consumer} has no dead letter ${messageId}.`);
  }
  let replayed = 0;
  for (const { message } of await letters.list(consumer, REPLAYED_AT_ONCE)) {
    if (await letters.replay(consumer, message.messageId)) replayed += 1;
  }
  terminal.out(`${replayed} messages go to ${consumer} again.\n`);
  return 0;
}
