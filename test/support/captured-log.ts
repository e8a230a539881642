import type { Log, LogFields } from '../../shared/ports/log.ts';

export type LogLine = { level: keyof Log; fields: LogFields; message: string };

/** A log that keeps its lines, in order. */
export type CapturedLog = Log & { lines: LogLine[] };

export function captureLog(): CapturedLog {
  const lines: LogLine[] = [];
  const keep = (level: keyof Log) => (fields: LogFields, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, info: keep('info'), warn: keep('warn'), error: keep('error') };
}
