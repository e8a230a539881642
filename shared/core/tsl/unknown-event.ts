import { ok, type Result } from '../../model/failure.ts';
import { type CheckedEvent, checkEventPost, unknownEventRule } from './event-post.ts';
import { addFailure } from './failures.ts';
import { TSL_FAULTS } from './tsl-faults.ts';

/**
 * An event that the thing model does not have: all that it carries is listed as failed, under its
 * own identifier, so that weak validation can forward it and strong validation refuse it.
 */
export function failUnknownEvent(
  identifier: string,
  params: unknown,
  nowMs: number,
): Result<CheckedEvent> {
  const taken = checkEventPost(unknownEventRule(identifier), params, nowMs);
  if (!taken.ok) return taken;
  const { name, type, value, time } = taken.value;
  const checked: CheckedEvent = { name, type, value: {}, time, failed: {} };
  addFailure(checked, { identifier, sent: { value, time }, violation: TSL_FAULTS.methodNotExist });
  return ok(checked);
}
