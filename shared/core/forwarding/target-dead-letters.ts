import { Buffer } from 'node:buffer';
import type { FunctionTarget } from '../../model/forwarding.ts';
import type { DeadLetterSink } from '../../ports/dead-letter-sink.ts';
import type { FunctionTargets } from '../../ports/function-target.ts';
import { encodeItem } from './encode-event.ts';

/** Dead letters by way of a function or a URL, each in a call of its own. */
export function createTargetDeadLetters(
  target: FunctionTarget,
  targets: FunctionTargets,
): DeadLetterSink {
  return {
    put: async ({ message, rule, reason, attempts }) => {
      const letter = {
        source: 'mooring:dead-letter',
        rule,
        reason,
        attempts,
        message: encodeItem(message),
      };
      const event = Buffer.from(JSON.stringify(letter));
      const outcome = await targets.invoke(target, { event, contentType: 'application/json' });
      if (outcome.kind !== 'succeeded') throw new Error(outcome.reason);
    },
    close: async () => undefined,
  };
}
