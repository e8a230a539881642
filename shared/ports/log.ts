/** Structured log: one JSON line a call. Fields never hold a secret, a token or a signature. */
export type Log = {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
};

export type LogFields = Readonly<Record<string, unknown>>;
