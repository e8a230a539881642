import type { Log, LogFields } from '../ports/log.ts';
import { LOG_LEVELS, type LogLevel } from './log-level.ts';

/** Where lines go; standard output by default. */
type LogDestination = { write(line: string): unknown };

export type LogOptions = { level: LogLevel; destination?: LogDestination };

/**
 * JSON lines in the form of pino's: level, time (ISO), the fields, msg. Written here because pino,
 * bundled, is 63 kB of the 80 kB that a function may have.
 */
export function createLog({ level, destination = process.stdout }: LogOptions): Log {
  const lowest = LOG_LEVELS.indexOf(level);
  const writer = (label: 'info' | 'warn' | 'error') => {
    if (LOG_LEVELS.indexOf(label) < lowest) return () => undefined;
    return (fields: LogFields, msg: string): void => {
      const time = new Date().toISOString();
      destination.write(`${lineOf({ level: label, time, ...fields, msg })}\n`);
    };
  };
  return { info: writer('info'), warn: writer('warn'), error: writer('error') };
}

/** Whatever it is given, it gives a line: a log that throws hides the fault that it was to tell. */
function lineOf(entry: { level: string; time: string; msg: string }): string {
  try {
    return JSON.stringify(entry, writable);
  } catch (error) {
    const { level, time, msg } = entry;
    return JSON.stringify({ level, time, unwritable: String(error), msg });
  }
}

/** Names that hold secrets are the last line of defence: nobody should log one in the first place. */
function writable(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name)) return '[secret]';
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const { message, stack, cause } = value;
  return { ...value, type: value.name, message, stack, cause };
}

/** `stringToSign` is meant to be seen. */
const SECRET_NAME = /^(sign|signature|password|token|authorization|.*secret)$/i;
