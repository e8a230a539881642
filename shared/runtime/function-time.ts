import { isRecord } from './event-parts.ts';

/**
 * How long the call may still take: Lambda's context tells it, that of Function Compute the time-out of
 * the function, in seconds, of which nothing has passed when it is called. Undefined where neither is there.
 */
export function remainingMs(context: unknown): number | undefined {
  if (!isRecord(context)) return undefined;
  const { getRemainingTimeInMillis: tell, function: about } = context;
  if (typeof tell === 'function') {
    const ms: unknown = Reflect.apply(tell, context, []);
    return typeof ms === 'number' ? ms : undefined;
  }
  const seconds = isRecord(about) ? Number(about['timeout']) : Number.NaN;
  return seconds > 0 ? seconds * 1000 : undefined;
}
