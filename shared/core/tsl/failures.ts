import type { FailedItem, TimedValue } from '../../model/message.ts';
import type { Violation } from './scalar-checks.ts';
import { setOwn } from './timed-value.ts';
import type { TslFault } from './tsl-faults.ts';

/** What of a message failed, by identifier; strong validation refuses the message with the first. */
export type Failures = { failed: Record<string, FailedItem>; firstFailure?: TslFault };

export type Failed = { identifier: string; sent: TimedValue; violation: Violation };

/** The message reads `tsl parse: params not exist -> Foo`, or `-> Foo.member` inside a struct. */
export function addFailure(failures: Failures, { identifier, sent, violation }: Failed): void {
  const { code, at = '' } = violation;
  const message = `${violation.message} -> ${identifier}${at}`;
  setOwn(failures.failed, identifier, { value: sent.value, time: sent.time, code, message });
  failures.firstFailure ??= { code, message };
}
