import type { CliConfig } from '../../shared/runtime/cli-config.ts';

/** Where a command reads and writes: the terminal, or a test. */
export type Terminal = {
  /** For results, which other programs may read. */
  out(result: string | Uint8Array): void;
  /** For progress, explanations and errors. */
  err(text: string): void;
  hasColor: boolean;
  /** All of standard input. */
  readInput(): Promise<string>;
};

export type CommandContext = {
  terminal: Terminal;
  /** @throws ConfigError */
  readConfig(): CliConfig;
};

export type Command = {
  /** One line for the list of commands. */
  summary: string;
  /** What `mooring <command> --help` prints. */
  usage: string;
  /** Resolves to the exit code: 0 done, 1 refused or failed. @throws UsageError, which makes it 2. */
  run(args: readonly string[], context: CommandContext): Promise<number>;
};

/** The command line itself is wrong. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What was asked cannot be done; the message says why and what to do. */
export class CommandError extends Error {
  override name = 'CommandError';
}
