/** RabbitMQ, or the way to it, is at fault. The message says what to check, and holds no password. */
export class RabbitmqError extends Error {
  override name = 'RabbitmqError';

  /** `reason`: where it says more than the cause. */
  constructor(what: string, { cause, reason = cause }: { cause?: unknown; reason?: unknown }) {
    const why = reason instanceof Error ? reason.message : String(reason);
    super(`RabbitMQ ${what}: ${why}; check MOORING_BUS`, { cause });
  }
}

/** By its name: what is loaded late brings a class of its own (docs/decisions/0007-lazy-chunks.md). */
export function isRabbitmqError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'RabbitmqError';
}
